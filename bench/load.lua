-- Arguments: method, path, body ('' for none), seed ('' where no Idempotency-Key is wanted), then headers 'name: value'.
-- Of several `authorization` each request has the next.
-- Prints one line of JSON at the end.

local placeholder = string.rep('@', 36)

local function uuid()
  local random = math.random
  return string.format('%04x%04x-%04x-4%03x-%04x-%04x%04x%04x', random(0, 65535), random(0, 65535),
    random(0, 65535), random(0, 4095), random(32768, 49151), random(0, 65535), random(0, 65535), random(0, 65535))
end

local function takeTurns(callers)
  local texts = {}
  for i, caller in ipairs(callers) do
    wrk.headers['authorization'] = caller
    texts[i] = wrk.format()
  end
  local last = 0
  request = function()
    last = last % #texts + 1
    return texts[last]
  end
end

function init(args)
  wrk.method = args[1]
  wrk.path = args[2]
  if args[3] ~= '' then wrk.body = args[3] end
  local callers = {}
  for i = 5, #args do
    local name, value = args[i]:match('^([^:]+): (.*)$')
    wrk.headers[name] = value
    if name == 'authorization' then callers[#callers + 1] = value end
  end
  if #callers > 1 then return takeTurns(callers) end
  if args[4] == '' then return end

  math.randomseed(tonumber(args[4]))
  wrk.headers['idempotency-key'] = placeholder
  local text = wrk.format()
  local first, last = text:find(placeholder, 1, true)
  local before, after = text:sub(1, first - 1), text:sub(last + 1)
  request = function() return before .. uuid() .. after end
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format('{"requests":%d,"microseconds":%d,"refused":%d,"broken":%d,"p99":%d}', summary.requests,
    summary.duration, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(99)))
end
