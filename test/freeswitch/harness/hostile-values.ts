/**
 * What attackers send, in every place that takes text. `FILE` is a file that a command in it would make, and
 * `X-Evil` a header that it would put into an INVITE.
 */
export const hostileValues: readonly string[] = [
  // variables and API calls
  '${system touch FILE}', '${system(touch FILE)}', '$${system touch FILE}', '$\\{system touch FILE}', "$'{system touch FILE}", '$"{system touch FILE}', '$${${system touch FILE}}',
  '${bgsystem touch FILE}', '${spawn touch FILE}', '${bg_system(touch FILE)}', '${expand(${system touch FILE})}', '${api_hangup_hook}', '${caller_id_number}', '${${destination_number}}',
  '${eval ${system touch FILE}}', '%24%7Bsystem%20touch%20FILE%7D', '%2524%257Bsystem%2520touch%2520FILE%257D', '${regex(a|(.*)|${system touch FILE})}', '${cond(1 == 1 ? ${system touch FILE} : 0)}',
  // dial strings
  '{api_on_originate=system touch FILE}', '[api_on_originate=system touch FILE]', '<api_on_originate=system touch FILE>', '1,[api_on_originate=system touch FILE]loopback/1', '215,loopback/system:touch FILE',
  '215|sofia/external/1@127.0.0.1', '215:_:sofia/external/1@127.0.0.1', '^^:215:loopback/1', '{execute_on_answer=system touch FILE}215', "215'{api_on_answer=system touch FILE}'", 'loopback/app=system:touch FILE', 'error/user_busy',
  // applications and arguments
  'system:touch FILE inline', '1 inline default', 'set:api_hangup_hook=system touch FILE,park inline', 'execute_on_answer=system touch FILE', 'api_hangup_hook=system touch FILE', '-bleg 1 XML default', "'; system touch FILE; '",
  'a;api_hangup_hook=system touch FILE', 'a\\;api_hangup_hook=system touch FILE', 'a;execute_on_ring=system touch FILE', 'x=y;api_reporting_hook=system touch FILE;', 'a\\nb', 'a\\', 'a;',
  // the event socket
  'mod_event_socket reload', 'MOD_EVENT_SOCKET unload', 'reload mod_event_socket', '%0a%0aapi system touch FILE%0a%0a', '%250a%250aapi system touch FILE%250a%250a', '\\n\\napi system touch FILE\\n\\n', 'sendmsg%0acall-command: execute%0aexecute-app-name: system%0aexecute-app-arg: touch FILE%0a%0a',
  'Content-Length: 999999%0a%0a', '_undef_',
  // SIP headers
  'a%0d%0aX-Evil: 1', 'a%250d%250aX-Evil%253a 1', 'a%25250d%25250aX-Evil%25253a 1', 'a%0aX-Evil%3a 1', '%0d%0a%0d%0aX-Evil: 1', 'a" <sip:x@127.0.0.1>;X-Evil=1 "', '" ;tag=1', 'a\\"b', 'a%22%3Csip:evil@127.0.0.1%3E', 'a%00b', 'sip:evil@127.0.0.1', '<sip:evil@127.0.0.1>', 'tel:+1900', 'a%c3%28b', 'a\u202eb',
  // shells, paths, formats, databases
  '`touch FILE`', '$(touch FILE)', '; touch FILE', '| touch FILE', '&& touch FILE', '../../../../etc/passwd', '/etc/passwd', 'http_cache://127.0.0.1/x', 'file_string://a!b', 'say:system', 'phrase:system:touch FILE', 'shout://127.0.0.1/x', '%s%n%n%x', "' OR 1=1 --", '{{7*7}}', '<script>alert(1)</script>',
  'status=NAK&status=ACK', '__proto__', 'A'.repeat(2000),
] // prettier-ignore
