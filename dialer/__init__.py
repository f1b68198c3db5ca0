"""Ringpace: a predictive dialler and outbound call-centre service on Asterisk.

The story of a call, in the order of the code:

1. `intake` reads a list of leads; what cannot be dialled is rejected with its row and reason.
2. `campaign` looks at the floor, asks `core.pacing` how many to call now, and claims that many leads that
   `core.eligibility` lets through, best first.
3. The attempt is in the `record` before a telephone rings; `switchboard.place` checks it once more and calls.
4. AMI events come back through `asterisk.translate`, each to its `core.call` machine.
5. When a person answers, an agent is taken from the `floor`, and the two legs are bridged.
6. On hang-up the agent records a disposition; the call's outcome is the network's word.
7. `books` writes it all down and asks `core.retry` what is due next; `recordings` keeps the sound.
"""
