#!lua flags=allow-oom
-- Gives up all places of one waiter in the queue for slots of an account.
-- KEYS 1 waiters
-- ARGV 1 name
-- Returns number of places given up
local waiters, left = KEYS[1], 0
for _, ticket in ipairs(redis.call('ZRANGE', waiters, 0, -1)) do
  if string.sub(ticket, 20) == ARGV[1] then left = left + redis.call('ZREM', waiters, ticket) end
end
return left
