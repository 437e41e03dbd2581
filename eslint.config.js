import tseslint from 'typescript-eslint'

/** Rooms of src/, each with those that it may use; see docs/architecture.md. Any may use util/. */
const mayUse = {
  util: [],
  json: [],
  syntax: [],
  esl: ['syntax'],
  simulator: [],
  plan: ['json', 'syntax'],
  routing: ['esl', 'plan', 'syntax'],
  freeswitch: ['esl', 'syntax'],
  audit: [],
  config: ['json', 'plan', 'routing', 'syntax'],
  webhook: ['config', 'plan'],
  events: ['config', 'plan', 'webhook'],
  records: ['config', 'esl', 'freeswitch', 'plan', 'syntax'],
  call: ['config', 'esl', 'plan', 'records', 'routing', 'syntax'],
  trial: ['call', 'config', 'esl', 'json', 'plan', 'records', 'routing', 'simulator', 'webhook'],
  replay: ['call', 'config', 'plan', 'records', 'routing'],
  api: [
    ...['audit', 'call', 'config', 'events', 'json', 'plan', 'records', 'replay', 'syntax', 'trial'],
    'webhook',
  ],
  controller: [
    'api',
    'audit',
    'call',
    'config',
    'esl',
    'events',
    'freeswitch',
    'plan',
    'records',
    'replay',
    'trial',
    'webhook',
  ],
  cli: [
    ...['call', 'config', 'controller', 'esl', 'events', 'json', 'plan', 'records', 'replay', 'routing'],
    ...['simulator', 'syntax', 'trial', 'webhook'],
  ],
}

const rooms = Object.keys(mayUse)

/** `up`: the way from the files to src/. */
const restricted = (files, up, room) => ({
  files,
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: `^${up}(?!util/)[a-z]+/(?!index\\.ts$)`,
            message: 'What others may use of a room is in its index.ts (docs/architecture.md).',
          },
          {
            regex: `^${up}(?!(${['util', room, ...(mayUse[room] ?? [])].join('|')})/)[a-z]+/`,
            message: `src/${room} must not use this room (docs/architecture.md).`,
          },
          {
            regex: '^\\.{1,2}/(calendar|diff|lint|loading|numbers|revisions)/(?!index\\.ts$)',
            message: 'What the rest of plan/ may use of this folder is in its index.ts.',
          },
          {
            regex: '^\\./index\\.ts$|^(\\.\\./)+index\\.ts$',
            message: 'A room does not go out by its own front door.',
          },
        ],
      },
    ],
  },
})

const layers = rooms.flatMap((room) => [
  restricted([`src/${room}/*.ts`], '\\.\\./', room),
  restricted([`src/${room}/*/*.ts`], '\\.\\./\\.\\./', room),
])

export default tseslint.config(
  {
    ignores: [
      'eslint.config.js',
      'dist/**',
      'node_modules/**',
      'coverage/**',
      'data/**',
      'docs/**',
      'test/fixtures/**',
      'examples/receivers/**',
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Interfaces here are written with methods, and parts are objects of closures: nothing has a `this`.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  ...layers,
  {
    files: ['src/cli/**', 'src/main.ts', 'test/**', 'examples/**', 'scripts/**'],
    rules: { 'no-console': 'off' },
  },
  { files: ['test/**'], rules: { '@typescript-eslint/no-floating-promises': 'error' } },
)
