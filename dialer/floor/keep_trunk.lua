-- Keep the channels that these attempts use: their claims lapse that much later, and are made anew where they were lost.
-- KEYS: calls (sorted set: attempt id by the time its claim lapses). ARGV: seconds until a claim lapses, attempt ids...
local time = redis.call('TIME')
local lapses = tonumber(time[1]) + tonumber(time[2]) / 1e6 + tonumber(ARGV[1])
for i = 2, #ARGV do
  redis.call('ZADD', KEYS[1], lapses, ARGV[i])
end
