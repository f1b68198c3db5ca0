-- Take a free agent for an attempt and mark it RESERVED; nil where nobody will do.
-- KEYS: agents (hash of cards), ready (sorted set by waiting-since).
-- ARGV: attempt id, node, the one agent that will do or "", owner or "", skills needed as JSON.
local attempt, node, only, owner = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local needed = cjson.decode(ARGV[5])

local function take(id)
  if not redis.call('ZSCORE', KEYS[2], id) then return nil end
  local text = redis.call('HGET', KEYS[1], id)
  if not text then return nil end
  local card = cjson.decode(text)
  if card.node ~= node or card.state ~= 'READY' then return nil end
  local has = {}
  for _, skill in ipairs(card.skills) do has[skill] = true end
  for _, skill in ipairs(needed) do
    if not has[skill] then return nil end
  end
  card.state, card.attempt_id = 'RESERVED', attempt
  redis.call('HSET', KEYS[1], id, cjson.encode(card))
  redis.call('ZREM', KEYS[2], id)
  return id
end

if only ~= '' then return take(only) end
if owner ~= '' then
  local taken = take(owner)
  if taken then return taken end
end
for _, id in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  local taken = take(id)
  if taken then return taken end
end
return nil
