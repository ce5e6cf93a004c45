#!lua flags=allow-oom
-- Frees all slots of an incarnation whose process is proven gone, once each was not renewed for a
-- while (0 with a tombstone). A cooling slot is left alone: its provider still counts it. A living
-- holder renews several times in that while, so a wrong proof (its liveness watch is reconnecting)
-- frees nothing.
-- KEYS 1 slots   2 slot holders
-- ARGV 1 incarnation   2 lease in ms   3 required age of the last renewal in ms
-- Returns {number of slots freed, ms until the next of them may be freed | 0}
local slots, holders = KEYS[1], KEYS[2]
local incarnation, lease, required_age = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local freed, wait = 0, 0
local all = redis.call('HGETALL', holders)

for i = 1, #all, 2 do
  local slot, readable, holder = all[i], pcall(cjson.decode, all[i + 1])
  if readable and type(holder) == 'table' and holder.incarnation == incarnation and holder.state ~= 'cooling' then
    local renewed_at = (tonumber(redis.call('ZSCORE', slots, slot)) or 0) - lease
    local missing = required_age - (now - renewed_at)
    if missing > 0 then
      wait = math.max(wait, missing)
    else
      redis.call('ZREM', slots, slot)
      redis.call('HDEL', holders, slot)
      freed = freed + 1
    end
  end
end
return { freed, wait }
