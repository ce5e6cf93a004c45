#!lua flags=allow-oom
-- Revokes a slot: the holder's next renewal is refused. The slot stays taken until its connection
-- is closed.
-- KEYS 1 slots   2 slot holders
-- ARGV 1 slot id   2 incarnation that holds it
-- Returns 1 revoked | 0 it is another's now, or about to be free anyway
local readable, holder = pcall(cjson.decode, redis.call('HGET', KEYS[2], ARGV[1]) or '')
if not (readable and type(holder) == 'table' and holder.incarnation == ARGV[2]) then return 0 end
if holder.state ~= 'opening' and holder.state ~= 'active' then return 0 end
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
holder.state = 'revoked'
redis.call('HSET', KEYS[2], ARGV[1], cjson.encode(holder))
return 1
