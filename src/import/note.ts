/** What an administrator has to know about a file that was read: one line of it, and what to do. */

/** The closed list of what can be met. docs/from-wso2.md explains each one. */
export const NOTE_CODES = [
  // the connector
  'client_auth_contradiction',
  'client_auth_unknown',
  'certificate_never_asked',
  'trust_manager_name',
  'trust_store_vouches',
  'trust_store_type',
  'secret_left_out',
  'value_unresolved',
  'port_taken',
  // client authenticators
  'listener_outside_table',
  'listener_type_mismatch',
  'listener_order_ignored',
  'basic_authenticator_shadows',
  'mandate_mutual_ssl_meaning',
  'authenticators_collide',
  'certificate_from_tls_only',
  'service_providers_elsewhere',
  // the certificate header, binding and introspection
  'header_from_anybody',
  'header_name_case',
  'header_name_unusable',
  'header_name_missing',
  'binding_without_header',
  'binding_incomplete',
  'binding_twice',
  'introspection_incomplete',
  'introspection_switch',
  'cnf_key_differs',
  // administration
  'admin_paths_not_carried',
  'admin_files_differ',
  'admin_beside_oauth',
  'admin_any_user',
  'admin_issuer_ignored',
  'allow_list_empty',
  'allow_list_sha1',
  'allow_list_unreadable',
  // the rest
  'not_carried_over',
] as const;

export type NoteCode = (typeof NOTE_CODES)[number];

/** A line of an input file, counted from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

export interface Note extends Place {
  readonly code: NoteCode;
  /** What was met and what to do, in one line. Holds no secret. */
  readonly text: string;
}

export interface Found<Value> {
  readonly value: Value;
  readonly place: Place;
}

export interface Notes {
  readonly add: (code: NoteCode, place: Place, text: string) => void;
  /** In the order of the lines, the files in the order in which they were first named. */
  readonly all: () => readonly Note[];
}

export function createNotes(): Notes {
  const notes: Note[] = [];
  return {
    add: (code, { file, line }, text) => {
      notes.push({ code, file, line, text: visible(text) });
    },
    all: () => {
      const files = [...new Set(notes.map(({ file }) => file))];
      const order = ({ file, line }: Note) => files.indexOf(file) * 1e9 + line;
      return notes.toSorted((a, b) => order(a) - order(b));
    },
  };
}

/** `deployment.toml:12` */
export function showPlace({ file, line }: Place): string {
  return `${visible(file)}:${line}`;
}

/** A text of the input as notes and comments show it: in quotes, in one line, and not too long. */
export function quote(text: string): string {
  return `"${visible(text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text)}"`;
}

const MAX_QUOTED = 120;

/** Whatever could end a comment or move a cursor is shown as an escape. */
export function visible(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (point) => {
    const hex = (point.codePointAt(0) ?? 0).toString(16);
    return `\\u{${hex}}`;
  });
}
