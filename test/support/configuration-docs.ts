/** The texts of docs/config.schema.json and docs/configuration.md, made from the schema. */

import { branchesOf, configJsonSchema } from '../../src/config/json-schema.ts';
import type { JsonSchema } from '../../src/config/json-schema.ts';

/** Returns the text of each generated file, by its path in the project. */
export function generatedDocs(): Readonly<Record<string, string>> {
  const schema = configJsonSchema();
  return {
    'docs/config.schema.json': `${JSON.stringify({ title: 'certbound configuration', ...schema }, undefined, 2)}\n`,
    'docs/configuration.md': configurationMarkdown(schema),
  };
}

const INTRODUCTION = `<!-- Made by npm run docs from src/config/schema.ts; change it there. -->

# Configuration

certbound reads one YAML file: the one named by \`--config\`, else by the environment variable
\`CERTBOUND_CONFIG\`, else \`config.yaml\` in the current folder. \`npx certbound check\` tells whether a
file is complete and sound; it names every problem at once, with its line and column.

- **Strict.** Unknown keys, keys that stand twice and values of the wrong type are refused. So are
  certificate, key and CA files that are missing, empty, damaged or cut short: nothing is left out of a
  trust list silently.
- **Paths** that are relative start at the folder of the configuration file.
- **Time spans** are a whole number with a unit: \`500ms\`, \`10s\`, \`5m\`, \`1h\`, \`30d\`.
- **Environment.** \`\${NAME}\` in a value is replaced by the environment variable, which must be set;
  \`\${NAME:-default}\` by the default where the variable is unset or empty. \`$\${\` is a literal \`\${\`.
  Keys are left alone, and a value that came from a variable is not looked at again. In the \`{}\` and
  \`[]\` notation of YAML put such a value into quotes; where a number or a boolean is wanted, leave the
  quotes out.
- **Editors** with YAML support complete and check keys as you type when the first line of the file is
  \`# yaml-language-server: $schema=./docs/config.schema.json\`.

\`config.yaml\` at the top of the project is a commented example.
`;

interface Row {
  readonly key: string;
  readonly type: string;
  readonly presence: string;
  readonly meaning: string;
}

function configurationMarkdown(schema: JsonSchema): string {
  const sections = Object.entries(schema.properties ?? {}).flatMap(([name, section]) =>
    sectionsOf(name, section, schema.required?.includes(name) === true),
  );
  return [INTRODUCTION, ...sections].join('\n');
}

/** One section for each top-level key, and one for each branch of a union. */
function sectionsOf(name: string, section: JsonSchema, isRequired: boolean): string[] {
  if (section.anyOf === undefined) return [sectionText(name, section, isRequired)];
  const overview = `## ${name}\n\n${section.description ?? ''} ${presenceText(isRequired)}\n`;
  const branches = section.anyOf.flatMap((branch) =>
    Object.entries(branch.properties ?? {}).map(([key, inner]) =>
      sectionText(`${name}.${key}`, inner, false).replace(/^##/, '###').replace(' Optional.', ''),
    ),
  );
  return [overview, ...branches];
}

function sectionText(name: string, section: JsonSchema, isRequired: boolean): string {
  const isList = section.type === 'array';
  const entry = isList ? (section.items ?? {}) : section;
  const list = isList ? ' A list; each entry has these keys.' : '';
  const rows = rowsOf(entry, '').map(
    ({ key, type, presence, meaning }) =>
      `| \`${key}\` | ${type} | ${presence} | ${meaning.replaceAll('|', '\\|')} |`,
  );
  return `## ${name}

${section.description ?? ''}${list} ${presenceText(isRequired)}

| key | type | default | meaning |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}

function presenceText(isRequired: boolean): string {
  return isRequired ? 'Required.' : 'Optional.';
}

/** The keys below a mapping; those of mappings and lists of mappings within it are written out. */
function rowsOf(schema: JsonSchema, above: string): Row[] {
  return branchesOf(schema).flatMap((branch) =>
    Object.entries(branch.properties ?? {}).flatMap(([name, value]) => {
      const key = `${above}${name}`;
      const row = {
        key,
        type: typeOf(value),
        presence: presenceOf(value, branch.required?.includes(name) === true),
        meaning: value.description ?? '',
      };
      if (value.type === 'object') return [row, ...rowsOf(value, `${key}.`)];
      const isListOfMappings = branchesOf(value.items ?? {}).some((item) => item.properties);
      return isListOfMappings ? [row, ...rowsOf(value.items ?? {}, `${key}[].`)] : [row];
    }),
  );
}

function typeOf(schema: JsonSchema): string {
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.enum !== undefined) return schema.enum.map((word) => `\`${word}\``).join(', ');
  if (schema.type === 'array') {
    const item = schema.items ?? {};
    return branchesOf(item).some(({ properties }) => properties)
      ? 'list of mappings'
      : `list of ${typeOf(item)}`;
  }
  const name = schema.title ?? schema.type ?? '';
  const plain = {
    string: 'text',
    integer: 'whole number',
    boolean: '`true`, `false`',
    object: 'mapping',
  };
  return name in plain ? plain[name as keyof typeof plain] : name;
}

function presenceOf(schema: JsonSchema, isRequired: boolean): string {
  if (isRequired) return '**required**';
  if (schema.default === undefined) return 'none';
  // A mapping of defaults: each of its keys says its own.
  if (schema.type === 'object') return '';
  if (Array.isArray(schema.default)) return listText(schema.default);
  const { default: value } = schema;
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

function listText(values: readonly unknown[]): string {
  return values.length === 0
    ? 'empty list'
    : values.map((value) => `\`${String(value)}\``).join(', ');
}
