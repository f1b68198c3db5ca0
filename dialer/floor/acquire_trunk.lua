-- Claim channels of a trunk for attempts, in order, within its channels and calls a second: how many were granted.
-- KEYS: calls (sorted set: attempt id by the time its claim lapses), tokens (hash: left, at).
-- ARGV: channels, calls per second, seconds until a claim lapses, attempt ids...
-- Redis's own clock, so that several controllers agree.
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6
local channels, rate, claim_s = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local burst = math.max(1, rate)
local left = tonumber(redis.call('HGET', KEYS[2], 'left') or burst)
local at = tonumber(redis.call('HGET', KEYS[2], 'at') or now)
left = math.min(burst, left + math.max(0, now - at) * rate)

local room = channels - redis.call('ZCARD', KEYS[1])
local granted = math.max(0, math.min(#ARGV - 3, room, math.floor(left)))
for i = 4, 3 + granted do
  redis.call('ZADD', KEYS[1], now + claim_s, ARGV[i])
end
redis.call('HSET', KEYS[2], 'left', left - granted, 'at', string.format('%.6f', now))
return granted
