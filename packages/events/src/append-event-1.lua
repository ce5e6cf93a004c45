-- Appends an event; one that several nodes report is kept once.
-- KEYS 1 events (stream)
-- ARGV 1 how many are kept   2 the event as JSON   3 the same for all nodes that report it, or
-- empty
-- Returns 1, or 0 when it is known
local events, kept, event, once = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
if once == '' then
  redis.call('XADD', events, 'MAXLEN', '=', kept, '*', 'event', event)
  return 1
end
for _, known in ipairs(redis.call('XREVRANGE', events, '+', '-')) do
  if known[2][4] == once then return 0 end
end
redis.call('XADD', events, 'MAXLEN', '=', kept, '*', 'event', event, 'once', once)
return 1
