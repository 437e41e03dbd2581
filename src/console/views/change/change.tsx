/** Change: a document is chosen, or a new one named, and written. */
import type { JSX } from 'preact'
import { useId, useState } from 'preact/hooks'
import { readPlans } from '../../api/plans.ts'
import { Button } from '../../components/button.tsx'
import { FaultNote } from '../../components/fault-note.tsx'
import { Field } from '../../components/field.tsx'
import { PageHead } from '../../components/page-head.tsx'
import { useFocusOnPage } from '../../focus.ts'
import { useReading } from '../../reading.ts'
import { go, hrefTo } from '../../router.ts'
import type { ViewProps } from '../../views.ts'
import { changeWords } from '../../words/change.ts'
import { frameWords } from '../../words/frame.ts'
import { Writing } from './writing.tsx'

export default function Change({ place: { rest } }: ViewProps): JSX.Element {
  useFocusOnPage(rest)
  return rest === '' ? <Choice /> : <Writing key={rest} name={rest} />
}

/** As the API has it. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}(\/[A-Za-z0-9][A-Za-z0-9._-]{0,63})*$/
const MOST_PROPOSED = 50

function Choice(): JSX.Element {
  const words = changeWords()
  const { value: plans, fault, again } = useReading(readPlans, [])
  const [name, setName] = useState('')
  const [wrong, setWrong] = useState<string>()
  const id = useId()
  const proposed = (plans?.documents ?? []).filter((one) => one.name.includes(name)).slice(0, MOST_PROPOSED)
  return (
    <>
      <PageHead title={frameWords().views.change} text={words.about} />
      {fault && <FaultNote fault={fault} again={again} />}
      <form
        class="card choice"
        onSubmit={(event) => {
          event.preventDefault()
          const found = name === '' ? words.nameMissing : NAME.test(name) ? undefined : words.nameBad
          setWrong(found)
          if (found === undefined) go(hrefTo('change', { rest: name }))
        }}
      >
        <Field
          label={words.name}
          hint={words.nameHint}
          value={name}
          fault={wrong}
          list={id}
          onInput={setName}
        >
          <Button kind="primary" type="submit">
            {words.open}
          </Button>
        </Field>
        <datalist id={id}>
          {proposed.map((one) => (
            <option key={one.name} value={one.name} label={one.description} />
          ))}
        </datalist>
      </form>
      <ul class="documents">
        {proposed.map((one) => (
          <li key={one.name}>
            <a href={hrefTo('change', { rest: one.name })}>{one.name}</a>{' '}
            <span class="quiet">{one.description}</span>
          </li>
        ))}
      </ul>
    </>
  )
}
