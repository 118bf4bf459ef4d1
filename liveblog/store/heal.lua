-- After a failover that lost the end of a timeline, put back into storage what only a web process's memory still has.
-- timeline.merge computed what is missing; this script writes it if storage has not changed since. The epoch is new,
-- because numbers may have been given twice; the log is deleted, because no process has a valid place in it.
-- KEYS  1 meta  2 the timeline's objects  3 its log  4 history
-- ARGV  1 the epoch, 2 the seq and 3 the mark that storage had ('', 0 and '': the blog was gone)  4 the new epoch
--       5 the new seq  6 the blog's first epoch  7 the time in ms that no later commit may run against
--       8 which timeline, 'public' or 'desk'  9 the data format  10… ref, '<seq>:<at>:<json>'
local scope = ARGV[8]
local found = redis.call('HMGET', KEYS[1], 'epoch', scope, scope .. ':mark', 'at_ms')
if (found[1] or '') ~= ARGV[1] or (found[2] or '0') ~= ARGV[2] or (found[3] or '') ~= ARGV[3] then return 0 end
for i = 10, #ARGV, 2 do
  local old = redis.call('HGET', KEYS[2], ARGV[i])
  if old and string.find(old, '{', 1, true) then
    redis.call('XADD', KEYS[4], '*', 'scope', scope, 'ref', ARGV[i], 'object', string.sub(old, (string.find(old, '{', 1, true))),
      'until', string.match(ARGV[i + 1], '^%d+:(.-):{'), 'by', 'recovery')
  end
  redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
  redis.call('HSET', KEYS[1], 'sum:' .. scope .. ':' .. ARGV[i], ARGV[5] .. ':' .. string.sub(redis.sha1hex(ARGV[i + 1]), 1, 16))
end
redis.call('HSET', KEYS[1], 'epoch', ARGV[4], scope, ARGV[5], scope .. ':mark', redis.sha1hex(ARGV[3] .. ARGV[4]),
  'born', ARGV[6], 'at_ms', string.format('%d', math.max(tonumber(found[4] or '0'), tonumber(ARGV[7]))))
local info = redis.pcall('INFO', 'replication')
redis.call('HSET', KEYS[1], 'replid', type(info) == 'string' and string.match(info, 'master_replid:(%w+)') or '')
redis.call('HDEL', KEYS[1], 'public:forks', 'desk:forks') -- those of the old epoch
redis.call('DEL', KEYS[3])
redis.call('HSETNX', KEYS[1], 'format', ARGV[9])
redis.call('HDEL', KEYS[1], 'posts') -- the summary is counted anew
return 1
