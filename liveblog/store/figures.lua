-- Store a blog's figures: how many readers the last changes reached, and at intervals the number of readers.
-- KEYS  1 delivered: <seq>:<process> → <readers>:<ms>  2 audience, a stream
-- ARGV  1 process  2 the readers of all processes  3 ms between two samples
--       4… seq, '<readers>:<ms>' of each change since the process's last report
-- Answers the time in ms, from storage's clock, so that the processes' clocks need not agree.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
for i = 4, #ARGV, 2 do
  redis.call('HSET', KEYS[1], ARGV[i] .. ':' .. ARGV[1], ARGV[i + 1])
  redis.call('EXPIRE', KEYS[1], 604800)
end

-- One sample per interval, and one at once when the last reader has gone. After an empty while the curve starts at 0.
local function sample(at, count)
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', 20000, string.format('%d-0', at), 'readers', string.format('%d', count))
end
local readers, every = tonumber(ARGV[2]), tonumber(ARGV[3])
local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
local before = last and tonumber(last[2][2]) or 0
local since = last and now - tonumber(string.match(last[1], '^%d+')) or 0
if (not last and readers > 0) or (last and since >= every and (before > 0 or readers > 0))
  or (since > 0 and before > 0 and readers == 0) then
  if last and before == 0 and readers > 0 and since >= 2 * every then sample(now - every, 0) end
  sample(now, readers)
end
return now
