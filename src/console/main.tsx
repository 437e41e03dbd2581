/** Where the page begins. */
import { render } from 'preact'
import { App } from './app.tsx'
import { followLinks } from './router.ts'
import { enter } from './session.ts'

followLinks()
render(<App />, document.getElementById('console')!)
void enter()
