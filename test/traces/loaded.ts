/** A controller and a call on it; then the modules that were loaded, as JSON. Its argument is `traces` of the configuration. */
import { registerHooks } from 'node:module'

const urls: string[] = []
registerHooks({
  load(url, context, next) {
    urls.push(url)
    return next(url, context)
  },
})

const { createControllers, oneBridge } = await import('../harness/controller.ts')
const { placeCall } = await import('../../src/simulator/place-call.ts')
const [traces] = process.argv.slice(2)
const controllers = createControllers()
const { esl } = await controllers.start({
  documents: { acme: oneBridge('+31502100000') },
  config: traces === undefined ? {} : { traces: JSON.parse(traces) as object },
})
await placeCall(esl, { did: '+31502100000', answers: { '215': { outcome: 'busy', afterMs: 1 } } })
await controllers.end()
process.stdout.write(JSON.stringify(urls), () => process.exit())
