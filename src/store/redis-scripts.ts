/**
 * What Redis does in one step. Every record is a hash with its value, expiry, version, key and
 * tags; one sorted set holds the names of all records by expiry, and one set for each tag the names
 * of its records. A script runs alone, so that no other client sees half of a change.
 *
 * All keys share one hash tag: a cluster keeps them on one node, where scripts may touch them all.
 */

const PREFIX = '{certbound}:';

export const EXPIRY_KEY = `${PREFIX}expiry`;
export const VERSION_KEY = `${PREFIX}version`;
export const RECORD_PREFIX = `${PREFIX}record:`;
export const TAG_PREFIX = `${PREFIX}tag:`;

/** Expired records removed with one write: more than one write adds, so none pile up. */
const SWEEP_PER_WRITE = 8;

const REMOVE = `
local function remove(name)
  local record = '${RECORD_PREFIX}' .. name
  local tags = redis.call('HGET', record, 'tags')
  if tags then
    for _, tag in ipairs(cjson.decode(tags)) do
      redis.call('SREM', '${TAG_PREFIX}' .. tag, name)
    end
  end
  redis.call('DEL', record)
  redis.call('ZREM', '${EXPIRY_KEY}', name)
end
local function sweep(now, most)
  local expired = redis.call('ZRANGE', '${EXPIRY_KEY}', '-inf', now, 'BYSCORE', 'LIMIT', 0, most)
  for _, name in ipairs(expired) do remove(name) end
  return #expired
end
`;

/**
 * ARGV: now, name, key, value, expiry, condition (`any`, `absent` or a version), most records, tags
 * as JSON. Returns 1 when written, 0 when the condition does not hold, -1 when the store is full.
 */
export const PUT = `${REMOVE}
local now, name, condition = tonumber(ARGV[1]), ARGV[2], ARGV[6]
sweep(now, ${SWEEP_PER_WRITE})
local record = '${RECORD_PREFIX}' .. name
local standing = redis.call('HMGET', record, 'expiry', 'version')
local live = standing[1] and tonumber(standing[1]) > now
if condition == 'absent' then
  if live then return 0 end
elseif condition ~= 'any' then
  if not live or standing[2] ~= condition then return 0 end
end
if not standing[1] and redis.call('ZCARD', '${EXPIRY_KEY}') >= tonumber(ARGV[7]) then return -1 end
if standing[1] then remove(name) end
local version = redis.call('INCR', '${VERSION_KEY}')
redis.call('HSET', record, 'key', ARGV[3], 'value', ARGV[4], 'expiry', ARGV[5],
  'version', version, 'tags', ARGV[8])
redis.call('ZADD', '${EXPIRY_KEY}', ARGV[5], name)
for _, tag in ipairs(cjson.decode(ARGV[8])) do redis.call('SADD', '${TAG_PREFIX}' .. tag, name) end
return 1
`;

/** ARGV: name. */
export const DELETE = `${REMOVE}
remove(ARGV[1])
return 1
`;

/** ARGV: now, tag. Returns the keys of its live records. */
export const FIND_BY_TAG = `
local keys = {}
for _, name in ipairs(redis.call('SMEMBERS', '${TAG_PREFIX}' .. ARGV[2])) do
  local record = redis.call('HMGET', '${RECORD_PREFIX}' .. name, 'key', 'expiry')
  if record[2] and tonumber(record[2]) > tonumber(ARGV[1]) then keys[#keys + 1] = record[1] end
end
return keys
`;

/** ARGV: tag. */
export const DELETE_BY_TAG = `${REMOVE}
for _, name in ipairs(redis.call('SMEMBERS', '${TAG_PREFIX}' .. ARGV[1])) do remove(name) end
return 1
`;

/** ARGV: now, most. Returns how many records were removed. */
export const SWEEP = `${REMOVE}
return sweep(tonumber(ARGV[1]), tonumber(ARGV[2]))
`;

/** ARGV: now, most records. As the probe, or -1 when the store is full. */
export const PROMISE = `${REMOVE}
sweep(tonumber(ARGV[1]), ${SWEEP_PER_WRITE})
if redis.call('ZCARD', '${EXPIRY_KEY}') >= tonumber(ARGV[2]) then return -1 end
redis.call('SET', '${PREFIX}probe', 1)
return 1
`;

/** Writes, so that a server that only reads is not taken for one that can serve. */
export const PROBE = `
redis.call('SET', '${PREFIX}probe', 1)
return 1
`;
