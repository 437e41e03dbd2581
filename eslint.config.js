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
  postgres: [],
  'shared-plans': ['plan', 'postgres'],
  sharing: ['postgres', 'records', 'syntax'],
  events: ['config', 'plan', 'postgres', 'webhook'],
  records: ['config', 'esl', 'freeswitch', 'plan', 'syntax'],
  call: ['config', 'esl', 'plan', 'records', 'routing', 'syntax'],
  live: ['call', 'records'],
  trial: ['call', 'config', 'esl', 'json', 'plan', 'records', 'routing', 'simulator', 'webhook'],
  history: ['plan', 'postgres', 'records'],
  replay: ['call', 'config', 'plan', 'records', 'routing'],
  traces: ['call', 'config', 'plan', 'records'],
  api: [
    ...['audit', 'call', 'config', 'events', 'history', 'json', 'live', 'plan', 'records', 'replay'],
    ...['sharing', 'syntax', 'trial', 'webhook'],
  ],
  controller: [
    'api',
    'audit',
    'call',
    'config',
    'esl',
    'events',
    'freeswitch',
    'history',
    'live',
    'plan',
    'records',
    'replay',
    'shared-plans',
    'sharing',
    'traces',
    'trial',
    'webhook',
  ],
  cli: [
    ...[
      'audit',
      'call',
      'config',
      'controller',
      'esl',
      'events',
      'history',
      'json',
      'plan',
      'postgres',
      'records',
      'replay',
    ],
    ...['routing', 'shared-plans', 'simulator', 'syntax', 'trial', 'webhook'],
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
            regex: `^${up}(?!util/)[a-z-]+/(?!index\\.ts$)`,
            message: 'What others may use of a room is in its index.ts (docs/architecture.md).',
          },
          {
            regex: `^${up}(?!(${['util', room, ...(mayUse[room] ?? [])].join('|')})/)[a-z-]+/`,
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

/** The console is no room and uses none, but for the types in these files, which import nothing but types of one another. */
const forConsole = [
  ...['api/error-code', 'events/listed-event', 'plan/diff/change', 'plan/loading/finding'],
  ...['plan/loading/tested', 'records/call-line', 'records/ending', 'sharing/listed-controller'],
]

/** `up`: the way from the files to src/. */
const ofConsole = (files, up) => ({
  files,
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: `^${up}(?!(${forConsole.join('|')})\\.ts$)`,
            message: 'The console knows the controller by its API alone (docs/architecture.md).',
          },
          {
            regex: `^${up}(${forConsole.join('|')})\\.ts$`,
            allowTypeImports: true,
            message:
              'The console may have types of the controller, and nothing that runs (docs/architecture.md).',
          },
        ],
      },
    ],
  },
})

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
  ofConsole(['src/console/*.{ts,tsx}'], '\\.\\./'),
  ofConsole(['src/console/*/*.{ts,tsx}'], '(\\.\\./){2}'),
  ofConsole(['src/console/*/*/*.{ts,tsx}'], '(\\.\\./){3}'),
  {
    files: ['src/cli/**', 'src/main.ts', 'test/**', 'examples/**', 'scripts/**'],
    rules: { 'no-console': 'off' },
  },
  { files: ['test/**'], rules: { '@typescript-eslint/no-floating-promises': 'error' } },
)
