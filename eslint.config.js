import tseslint from 'typescript-eslint'

/** Which parts of src/ may be imported by which; see docs/architecture.md. */
const mayNotImport = {
  esl: ['plan', 'call', 'webhook', 'api', 'journal', 'freeswitch', 'cli', 'stand-in', 'app', 'config'],
  plan: ['esl', 'call', 'webhook', 'api', 'journal', 'freeswitch', 'cli', 'stand-in', 'app', 'config'],
  webhook: ['esl', 'call', 'api', 'journal', 'freeswitch', 'cli', 'stand-in', 'app'],
  journal: ['esl', 'call', 'webhook', 'api', 'freeswitch', 'cli', 'stand-in', 'app'],
  call: ['webhook', 'api', 'freeswitch', 'cli', 'stand-in', 'app'],
  freeswitch: ['plan', 'call', 'webhook', 'api', 'cli', 'stand-in', 'app'],
  api: ['esl', 'webhook', 'freeswitch', 'cli', 'stand-in', 'app'],
  'stand-in': ['esl', 'plan', 'call', 'webhook', 'api', 'journal', 'freeswitch', 'cli', 'app', 'config'],
}

/** Single files beside the folders. */
const topLevel = new Set(['app', 'config'])

const layers = Object.entries(mayNotImport).map(([folder, others]) => ({
  files: [`src/${folder}/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: others.map((other) => ({
          group: topLevel.has(other)
            ? [`../${other}.ts`, `../../${other}.ts`]
            : [`../${other}/**`, `../../${other}/**`],
          message: `src/${folder} must not import src/${other} (docs/architecture.md).`,
        })),
      },
    ],
  },
}))

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
