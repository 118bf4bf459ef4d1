-- One atomic commit: deduplicate, check, number, stamp, store, announce.
-- KEYS  1 meta  2 public  3 desk  4 public:log  5 desk:log  6 history  7 audit  8 due: draft → when it is to be published
--       9 the site's list of blogs by their last change; in a cluster, where it may be in another slot, a stand-in
--       10 history of drafts  11 request:<key>  12 done:<the same key in the previous release's form>, if it has one
-- ARGV  1 fingerprint of the request  2 author  3 epoch of a blog to create, or ''  4 entries a log keeps
--       5 seconds a key is remembered
--       6 JSON {reads: [[scope, ref, seq]…], mark: of the public history that was read, or '',
--         public: [refs…], desk: [refs…], note: the audit log's own JSON,
--         keep: {public: versions, desk: versions of drafts, audit: entries, draft_ms},
--         forked: numbers that are in doubt after a fork, format: the release's}; the ref * stands for a whole timeline
--       7… the objects' JSON, public ones first; each ends in "seq":0} and may hold "\u0000now"
-- Objects are stamped as text, never decoded: cjson would turn their empty lists into empty objects.
-- They are stored as <seq>:<at>:<json>: after a fork, the commit time tells which side's version is the later one.
-- A change's mark is a hash over the change and the mark before it: equal marks prove equal histories, whatever the
-- numbers are.
-- Answers {'ok' | 'again', result} or {'reused'}, {'missing'}, {'conflict', ref}, {'newer', format}.

for i = 11, #KEYS do
  local earlier = redis.call('GET', KEYS[i])
  local line = earlier and string.find(earlier, '\n', 1, true)
  if line and string.sub(earlier, 1, line - 1) == ARGV[1] then
    redis.call('EXPIRE', KEYS[i], ARGV[5]) -- a write for WAIT to wait for: the first try may have failed at WAIT
    return {'again', string.sub(earlier, line + 1)}
  end
  if line and i == 11 then return {'reused'} end -- a different request under the old form may be another sender's
end

local plan = cjson.decode(ARGV[6])
local known = redis.call('HMGET', KEYS[1], 'epoch', 'format', 'replid')
local epoch = known[1]
if tonumber(known[2] or '1') > plan.format then return {'newer', known[2]} end
if not epoch then
  if ARGV[3] == '' then return {'missing'} end
  epoch = ARGV[3]
  redis.call('HSET', KEYS[1], 'posts', 0)
end

local function version(value)
  return tonumber(string.sub(value, 1, string.find(value, ':', 1, true) - 1))
end

if plan.mark ~= '' and plan.mark ~= redis.call('HGET', KEYS[1], 'public:mark') then return {'conflict', 'mark'} end
for _, read in ipairs(plan.reads) do
  local current
  if read[2] == '*' then
    current = tonumber(redis.call('HGET', KEYS[1], read[1]) or '0')
  else
    local value = redis.call('HGET', read[1] == 'desk' and KEYS[3] or KEYS[2], read[2])
    current = value and version(value) or 0
  end
  if current ~= read[3] then return {'conflict', read[2]} end
end

local time = redis.call('TIME')
local ms = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
-- Strictly later than the commit before, so that time always grows with seq and orders posts without ties.
ms = math.max(ms, tonumber(redis.call('HGET', KEYS[1], 'at_ms') or '0') + 1)

local function rfc3339(milliseconds)
  -- Days to civil date after Howard Hinnant, "chrono-compatible low-level date algorithms"; Lua here has no os.date.
  local seconds = math.floor(milliseconds / 1000)
  local days = math.floor(seconds / 86400) + 719468
  local era = math.floor(days / 146097)
  local doe = days - era * 146097
  local yoe = math.floor((doe - math.floor(doe / 1460) + math.floor(doe / 36524) - math.floor(doe / 146096)) / 365)
  local doy = doe - (365 * yoe + math.floor(yoe / 4) - math.floor(yoe / 100))
  local mp = math.floor((5 * doy + 2) / 153)
  local month = mp < 10 and mp + 3 or mp - 9
  local year = yoe + era * 400 + (month <= 2 and 1 or 0)
  local rest = seconds % 86400
  return string.format('%04d-%02d-%02dT%02d:%02d:%02d.%03dZ', year, month, doy - math.floor((153 * mp + 2) / 5) + 1,
    math.floor(rest / 3600), math.floor(rest / 60) % 60, rest % 60, milliseconds % 1000)
end

local at = rfc3339(ms)

-- The posts in the blog's summary. A blog of an earlier release has no count until its posts are counted (Summaries).
local function count_post(json)
  if redis.call('HEXISTS', KEYS[1], 'posts') == 0 then return end
  redis.call('HINCRBY', KEYS[1], 'posts', 1)
  if not string.find(json, '"type":"preview"', 1, true) then redis.call('HSETNX', KEYS[1], 'began', at) end
end

-- No text can contain these patterns, because its own quotation marks are escaped.
local function note_due(ref, json)
  local when = string.match(json, '"publish_at":"([^"]+)"')
  local category, state = string.match(json, '"on":{"category":"([^"]+)","state":"([^"]+)"}')
  if when or category then
    redis.call('HSET', KEYS[8], string.sub(ref, 7), when or ('on ' .. category .. ' ' .. state))
  else
    redis.call('HDEL', KEYS[8], string.sub(ref, 7))
  end
end

-- A draft is saved every few seconds while somebody writes; only one version per draft_ms of one person is kept.
local function supersede(scope, ref, json)
  if string.sub(ref, 1, 5) == 'call:' then return end -- the audit log has the earlier ones
  local history = scope == 'desk' and KEYS[10] or KEYS[6]
  if scope == 'desk' then
    local last = redis.call('XREVRANGE', history, '+', '-', 'COUNT', 1)[1]
    if last and last[2][4] == ref and last[2][10] == ARGV[2]
      and ms - tonumber(string.match(last[1], '^%d+')) < plan.keep.draft_ms then return end
  end
  redis.call('XADD', history, 'MAXLEN', '~', plan.keep[scope], '*',
    'scope', scope, 'ref', ref, 'object', json, 'until', at, 'by', ARGV[2])
end

-- A server that has taken over, or was started again, may lack changes that readers have. Their numbers are given again
-- from here on, so a number up to the range's end does not say of which history it is. Ranges: '<after>-<up to> …'.
local function note_fork(scope)
  local seq = tonumber(redis.call('HGET', KEYS[1], scope) or '0')
  local forks = redis.call('HGET', KEYS[1], scope .. ':forks') or ''
  local after, upto = string.match(forks, '(%d+)%-(%d+)$')
  if after and seq <= tonumber(upto) then
    forks = string.sub(forks, 1, -#upto - 2) -- the last range becomes longer, so that their number stays small
  else
    forks = forks .. (after and ' ' or '') .. string.format('%d', seq)
  end
  redis.call('HSET', KEYS[1], scope .. ':forks', forks .. string.format('-%d', seq + plan.forked))
end

-- Each reign of a primary has an id of its own. Where INFO is not permitted, any commit may be the first of one.
local info = redis.pcall('INFO', 'replication')
local replid = type(info) == 'string' and string.match(info, 'master_replid:(%w+)') or ''
if known[1] and (replid == '' or replid ~= known[3]) then
  note_fork('public')
  note_fork('desk')
end

local next_object = 7

local function put(scope, refs, state, log)
  local seq = tonumber(redis.call('HGET', KEYS[1], scope) or '0')
  if #refs == 0 then return seq, '[]' end
  seq = seq + 1
  local stamped = {}
  for i, ref in ipairs(refs) do
    local json = string.gsub(ARGV[next_object], '"\\u0000now"', '"' .. at .. '"')
    json = string.sub(json, 1, -3) .. string.format('%d', seq) .. '}'
    next_object = next_object + 1
    local old = redis.call('HGET', state, ref)
    if old then supersede(scope, ref, string.sub(old, (string.find(old, '{', 1, true)))) end
    local value = string.format('%d', seq) .. ':' .. at .. ':' .. json
    redis.call('HSET', state, ref, value)
    redis.call('HSET', KEYS[1], 'sum:' .. scope .. ':' .. ref, string.format('%d', seq) .. ':' .. string.sub(redis.sha1hex(value), 1, 16))
    -- After the object: a full memory refuses a script at its first write, but not one that begins with a deletion.
    if scope == 'desk' then note_due(ref, json) elseif not old and string.sub(ref, 1, 5) == 'post:' then count_post(json) end
    stamped[i] = json
  end
  local objects = '[' .. table.concat(stamped, ',') .. ']'
  local after = redis.call('HGET', KEYS[1], scope .. ':mark') or ''
  local mark = redis.sha1hex(after .. at .. objects)
  redis.call('HSET', KEYS[1], scope, string.format('%d', seq), scope .. ':mark', mark)
  redis.call('XADD', log, 'MAXLEN', '~', ARGV[4], string.format('%d-0', seq),
    'epoch', epoch, 'at', at, 'after', after, 'mark', mark, 'objects', objects,
    'forks', redis.call('HGET', KEYS[1], scope .. ':forks') or '')
  return seq, objects
end

local public_seq, public_objects = put('public', plan.public, KEYS[2], KEYS[4])
local desk_seq, desk_objects = put('desk', plan.desk, KEYS[3], KEYS[5])
redis.call('HSET', KEYS[1], 'epoch', epoch, 'at_ms', string.format('%d', ms), 'format', string.format('%d', plan.format),
  'replid', replid)
redis.call('HSETNX', KEYS[1], 'created', at)
if #plan.public > 0 then redis.call('HSET', KEYS[1], 'public:at', at) end
local last = redis.call('ZREVRANGE', KEYS[9], 0, 0, 'WITHSCORES')
redis.call('ZADD', KEYS[9], (tonumber(last[2]) or 0) + 1, string.match(KEYS[1], '{(.-)}'))

-- Repeated saves of one draft by one person have one line in the audit log, with the last time: the log is bounded.
local refs = cjson.encode({plan.public, plan.desk})
local line = redis.call('XREVRANGE', KEYS[7], '+', '-', 'COUNT', 1)[1]
if line and #plan.public == 0 and line[2][4] == ARGV[2] and line[2][6] == plan.note and line[2][10] == refs then
  redis.call('XDEL', KEYS[7], line[1])
end
redis.call('XADD', KEYS[7], 'MAXLEN', '~', plan.keep.audit, '*', 'at', at, 'by', ARGV[2], 'note', plan.note,
  'seq', #plan.public > 0 and public_seq or 0, 'refs', refs)

local result = string.format('{"epoch":"%s","seq":%d,"desk_seq":%d,"at":"%s","objects":', epoch, public_seq, desk_seq, at)
  .. public_objects .. ',"desk":' .. desk_objects .. '}'
redis.call('SET', KEYS[11], ARGV[1] .. '\n' .. result, 'EX', ARGV[5])
return {'ok', result}
