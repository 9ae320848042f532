/** Environment references inside configuration text: `${NAME}`, `${NAME:-default}`, `$${`. */

/** The variables of the process, handed in: nothing here reads `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface Expansion {
  readonly text: string;
  /** True when a reference or an escape was replaced. */
  readonly changed: boolean;
  /** What is wrong with the references, in their order. */
  readonly problems: readonly string[];
}

const REFERENCE = /^([A-Za-z_][A-Za-z0-9_]*)(?::-([\s\S]*))?$/;

/**
 * Returns `text` with its references replaced. `${NAME}` is the variable and must be set; it may be
 * set to nothing. `${NAME:-default}` is the default where the variable is unset or empty, as in a
 * shell. `$${` stands for a literal `${`. What a variable holds is never looked at again, so a value
 * can't refer to another variable.
 */
export function expandEnvironment(text: string, env: Environment): Expansion {
  const parts: string[] = [];
  const problems: string[] = [];
  let done = 0;
  let changed = false;
  for (;;) {
    const start = text.indexOf('${', done);
    if (start === -1) break;
    changed = true;
    if (start > done && text[start - 1] === '$') {
      parts.push(text.slice(done, start - 1), '${');
      done = start + 2;
      continue;
    }
    parts.push(text.slice(done, start));
    const end = text.indexOf('}', start);
    if (end === -1) {
      problems.push('"${" without "}"; write "$${" for a literal "${"');
      done = text.length;
      break;
    }
    const found = lookUp(text.slice(start + 2, end), env);
    if ('problem' in found) problems.push(found.problem);
    else parts.push(found.value);
    done = end + 1;
  }
  parts.push(text.slice(done));
  return { text: parts.join(''), changed, problems };
}

function lookUp(
  reference: string,
  env: Environment,
): { readonly value: string } | { readonly problem: string } {
  const [, name, fallback] = REFERENCE.exec(reference) ?? [];
  if (name === undefined) {
    const shown = reference.length > 64 ? `${reference.slice(0, 64)}...` : reference;
    return {
      problem: `"\${${shown}}" is not an environment reference; write "$\${" for a literal "\${"`,
    };
  }
  const value = env[name];
  if (fallback !== undefined)
    return { value: value === undefined || value === '' ? fallback : value };
  if (value === undefined) return { problem: `environment variable ${name} is not set` };
  return { value };
}
