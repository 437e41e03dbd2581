export { MAX_HOPS, nextRound, roundsOf, type Rounds } from './hops.ts'
export { createRouter, type Reach, type Router } from './router.ts'
export { compileRoute, missingGroup, patternFault, type Route, type RouteEntry } from './routes.ts'
