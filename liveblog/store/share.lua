-- Say what one process has for a blog (who is at its desk, how many read, whom its last changes reached), and hear all of them.
-- KEYS  1 here: process → <time in ms>:<readers>:<json>  2 delivered: <seq>:<process> → <readers>:<ms>  3 audience, a stream
-- ARGV  1 process  2 its readers  3 its JSON  4 ms after which a silent process is gone  5 ms between two samples
--       6… seq, '<readers>:<ms>' of each change since it last said so
-- Answers {time in ms, the JSON of each process that is there, …}. Its own clock, so that the processes' need not agree.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('HSET', KEYS[1], ARGV[1], string.format('%d:%s:%s', now, ARGV[2], ARGV[3]))
redis.call('PEXPIRE', KEYS[1], 60000)
for i = 6, #ARGV, 2 do
  redis.call('HSET', KEYS[2], ARGV[i] .. ':' .. ARGV[1], ARGV[i + 1])
  redis.call('EXPIRE', KEYS[2], 604800)
end

local answer, readers = {string.format('%d', now)}, 0
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local at, count, json = string.match(all[i + 1], '^(%d+):(%d+):(.*)$')
  if now - tonumber(at) > tonumber(ARGV[4]) then
    redis.call('HDEL', KEYS[1], all[i])
  else
    readers = readers + tonumber(count)
    answer[#answer + 1] = json
  end
end

-- A sample now and then, and at once when the last reader has gone; who comes after an empty while begins at zero.
local function sample(at, count)
  redis.call('XADD', KEYS[3], 'MAXLEN', '~', 20000, string.format('%d-0', at), 'readers', string.format('%d', count))
end
local last = redis.call('XREVRANGE', KEYS[3], '+', '-', 'COUNT', 1)[1]
local before = last and tonumber(last[2][2]) or 0
local since = last and now - tonumber(string.match(last[1], '^%d+')) or 0
local every = tonumber(ARGV[5])
if not last or since >= every or (since > 0 and before > 0 and readers == 0) then
  if last and before == 0 and readers > 0 and since >= 2 * every then sample(now - every, 0) end
  sample(now, readers)
end
return answer
