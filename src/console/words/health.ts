/** Words of the view Health. */
import { catalogue } from './catalogue.ts'

export const healthWords = catalogue({
  en: {
    about: 'Does this controller take calls, and do those that it depends on answer?',
    ready: 'takes calls',
    notReady: 'takes no calls',
    draining: 'is shutting down: its calls go to other controllers',
    limited: 'Your token is for some documents; the parts of the controller are shown to tokens for all.',
    parts: {
      calls: 'Calls',
      freeswitch: 'FreeSWITCH',
      plans: 'Plans',
      esl: 'Port for calls',
    },
    held: (held: string, max: string) => `${held} held, of at most ${max}`,
    overloaded: 'full: turns calls away',
    listening: 'open',
    notListening: 'closed',
    linked: 'linked',
    notLinked: 'no link',
    notConfigured: 'not configured',
    notConfiguredText:
      'Without a link, ends of calls that this controller let go are learnt of by other ways only.',
    since: (when: string) => `since ${when}`,
    plansState: {
      current: 'as on disk',
      stale: 'the set on disk has errors: the last good one serves',
      rolledBack: 'rolled back',
    },
    revision: 'Revision',
  },
  nl: {
    about: 'Neemt deze controller gesprekken aan, en antwoordt alles waarvan hij afhangt?',
    ready: 'neemt gesprekken aan',
    notReady: 'neemt geen gesprekken aan',
    draining: 'sluit af: zijn gesprekken gaan naar andere controllers',
    limited: 'Uw token is voor enkele documenten; de delen van de controller zijn er voor tokens voor alle.',
    parts: {
      calls: 'Gesprekken',
      freeswitch: 'FreeSWITCH',
      plans: 'Plannen',
      esl: 'Poort voor gesprekken',
    },
    held: (held: string, max: string) => `${held} vastgehouden, van hoogstens ${max}`,
    overloaded: 'vol: wijst gesprekken af',
    listening: 'open',
    notListening: 'dicht',
    linked: 'verbonden',
    notLinked: 'geen verbinding',
    notConfigured: 'niet ingesteld',
    notConfiguredText:
      'Zonder verbinding wordt het einde van losgelaten gesprekken alleen langs andere wegen bekend.',
    since: (when: string) => `sinds ${when}`,
    plansState: {
      current: 'zoals op schijf',
      stale: 'de set op schijf heeft fouten: de laatste goede dient',
      rolledBack: 'teruggezet',
    },
    revision: 'Revisie',
  },
})
