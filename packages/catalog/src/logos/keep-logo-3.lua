-- Keeps an image, and removes the oldest ones that it leaves no room for.
-- KEYS 1 images (hash)   2 ages (sorted set)   3 size of all images (string)
-- ARGV 1 name of the image   2 the image   3 now in ms   4 bytes of all images together
--      5 ms until all are removed, unless another image is kept
-- Returns the number of images
local images, ages, bytes = KEYS[1], KEYS[2], KEYS[3]
local name = ARGV[1]
-- Redis may have lost one of the three.
if redis.call('EXISTS', images, ages, bytes) < 3 then redis.call('UNLINK', images, ages, bytes) end

local total = tonumber(redis.call('GET', bytes) or 0) - redis.call('HSTRLEN', images, name) + #ARGV[2]
redis.call('HSET', images, name, ARGV[2])
redis.call('ZADD', ages, ARGV[3], name)
while total > tonumber(ARGV[4]) do
  local oldest = redis.call('ZPOPMIN', ages)[1]
  if not oldest then break end
  total = total - redis.call('HSTRLEN', images, oldest)
  redis.call('HDEL', images, oldest)
end
redis.call('SET', bytes, total)
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[5]) end
return redis.call('HLEN', images)
