/** What a user of nginx would write to have `cnf` in introspection answers. */

export const NJS_MODULES: readonly string[] = ['ngx_http_js_module'];
export const LUA_MODULES: readonly string[] = ['ndk_http_module', 'ngx_http_lua_module'];

export const njsDirectives =
  'js_header_filter confirm.head; js_body_filter confirm.body; client_body_in_single_buffer on;';

/**
 * The answers are small and come in one piece. The bindings are preloaded: a module's own constants
 * would be copied for every request.
 */
export const njsScript = `
function head(r) { delete r.headersOut['Content-Length']; }
function body(r, data, flags) {
  if (data.length === 0) { r.sendBuffer(data, flags); return; }
  const token = /(?:^|&)token=([^&]*)/.exec(r.requestText);
  const thumbprint = token && bindings[token[1]];
  const answer = JSON.parse(data);
  if (answer.active && thumbprint) answer.cnf = { 'x5t#S256': thumbprint };
  r.sendBuffer(JSON.stringify(answer), flags);
}
export default { head, body };
`;

export function luaInit(bindings: Readonly<Record<string, string>>): string {
  const rows = Object.entries(bindings).map(
    ([token, thumbprint]) => `bindings:set("${token}", "${thumbprint}")`,
  );
  return `
    lua_shared_dict bindings 16m;
    init_by_lua_block {
      local bindings = ngx.shared.bindings
      ${rows.join('\n      ')}
    }`;
}

export const luaDirectives = `
  access_by_lua_block { ngx.req.read_body() }
  header_filter_by_lua_block { ngx.header.content_length = nil }
  body_filter_by_lua_block {
    local data = ngx.arg[1]
    if data and #data > 0 then
      local token = string.match(ngx.req.get_body_data() or "", "token=([^&]*)")
      local thumbprint = token and ngx.shared.bindings:get(token)
      if thumbprint and string.find(data, '"active":true', 1, true) then
        ngx.arg[1] = string.gsub(data, "}%s*$", ',"cnf":{"x5t#S256":"' .. thumbprint .. '"}}')
      end
    end
  }`;
