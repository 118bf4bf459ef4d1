-- Put back what only a web process's memory still has, after a failover that lost the end of a timeline. In a new epoch,
-- because numbers may have been given twice. The first process does it; the others find another epoch and load.
-- KEYS  1 meta  2 public  3 public:log   ARGV  1 the epoch known  2 the seq known  3 the new epoch  4… ref, '<seq>:<json>'
local epoch = redis.call('HGET', KEYS[1], 'epoch')
local seq = tonumber(redis.call('HGET', KEYS[1], 'public') or '0')
if epoch and (epoch ~= ARGV[1] or seq >= tonumber(ARGV[2])) then return 0 end
for i = 4, #ARGV, 2 do
  local value = ARGV[i + 1]
  if tonumber(string.sub(value, 1, string.find(value, ':', 1, true) - 1)) > seq then
    redis.call('HSET', KEYS[2], ARGV[i], value)
  end
end
redis.call('HSET', KEYS[1], 'epoch', ARGV[3], 'public', ARGV[2])
redis.call('DEL', KEYS[3])
return 1
