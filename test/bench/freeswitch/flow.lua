-- The flow as it is written inside FreeSWITCH: ask, set the caller's name, ring.
local url = argv[1]

local function encode(text)
  return (text:gsub("[^%w]", function(c) return string.format("%%%02X", c:byte()) end))
end

local function decode(text)
  return (text:gsub("+", " "):gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

session:execute("curl", url .. encode(session:getVariable("caller_id_number")))
local values = {}
for key, value in (session:getVariable("curl_response_data") or ""):gmatch("([^&=]+)=([^&]*)") do
  values[key] = decode(value)
end
if values.status == "ACK" then
  session:setVariable("effective_caller_id_name", values.callername)
  session:setVariable("hangup_after_bridge", "true")
  session:execute("bridge", "[leg_timeout=20]sofia/gateway/carrier/" .. values.destination)
end
