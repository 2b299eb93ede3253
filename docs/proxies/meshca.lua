-- Asks MeshCA about a request, for HAProxy 2.6 or later (docs/decisions.md, haproxy.cfg beside this file).
--
-- http-request lua.meshca URL HEADERS
--
-- URL is the decision point with the workload, HEADERS the names that RequestAuthentication sets, between commas, or `-`.
-- Sets txn.meshca_status to the answer's status, and to 0 where there is none; txn.meshca_decision, txn.meshca_policy and
-- txn.meshca_path to what the answer tells. Only 200 lets a request pass, and only after its headers were changed.

local TIMEOUT = 1000 -- milliseconds

-- What belongs to one connection (RFC 9110 §7.6.1) or to the body, which is not sent, and what this question says itself.
local NOT_SENT = {
  ["connection"] = true, ["keep-alive"] = true, ["proxy-connection"] = true, ["te"] = true, ["trailer"] = true,
  ["transfer-encoding"] = true, ["upgrade"] = true, ["content-length"] = true, ["expect"] = true, ["host"] = true,
}

-- HAProxy counts lines of a header from 0, its HTTP client from 1.
local function lines(values)
  local list = {}
  local i = 0
  while values[i] ~= nil do
    list[#list + 1] = values[i]
    i = i + 1
  end
  return list
end

local function first(headers, name)
  local values = headers and headers[name]
  return values and (values[0] or values[1])
end

local function question(txn)
  local headers = {}
  for name, values in pairs(txn.http:req_get_headers()) do
    if not NOT_SENT[name] then
      headers[name] = lines(values)
    end
  end

  -- Each overwrites what a client sent.
  local port = txn.f:dst_port()
  local address = txn.f:dst()
  headers["x-original-method"] = { txn.f:method() }
  headers["x-original-uri"] = { txn.f:pathq() }
  headers["x-original-host"] = { txn.f:req_fhdr("host") or "" }
  headers["x-real-ip"] = { txn.f:src() }
  headers["x-destination"] = { (address:find(":", 1, true) and "[" .. address .. "]" or address) .. ":" .. port }
  headers["x-server-name"] = { txn.f:ssl_fc_sni() or "" }
  return headers
end

local function apply(txn, answer, names)
  for name in names:gmatch("[^,]+") do
    local value = first(answer, name)
    txn.http:req_del_header(name)
    if value then
      txn.http:req_add_header(name, value)
    end
  end

  for name in (first(answer, "x-envoy-auth-headers-to-remove") or ""):gmatch("[^,]+") do
    txn.http:req_del_header(name)
  end
end

local function authorize(txn, url, names)
  txn:set_var("txn.meshca_status", 0)
  local answer = core.httpclient():get({ url = url, headers = question(txn), timeout = TIMEOUT })
  if not answer then
    return
  end

  txn:set_var("txn.meshca_decision", first(answer.headers, "x-meshca-decision-id") or "")
  txn:set_var("txn.meshca_policy", first(answer.headers, "x-meshca-policy") or "")
  if answer.status == 200 then
    local path = first(answer.headers, "x-meshca-path")
    if not path then
      return -- no answer of ours
    end

    txn:set_var("txn.meshca_path", path)
    apply(txn, answer.headers, names)
  end

  txn:set_var("txn.meshca_status", answer.status)
end

core.register_action("meshca", { "http-req" }, authorize, 2)
