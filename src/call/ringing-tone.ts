/** The ringing tone of a country, as callers there know it (ITU-T E.180 supplement 2), in FreeSWITCH's notation. */
const TONES: Readonly<Record<string, string>> = {
  AT: '%(1000,5000,420)',
  AU: '%(400,200,413,438);%(400,2000,413,438)',
  BE: '%(1000,3000,425)',
  CA: '%(2000,4000,440,480)',
  CH: '%(1000,4000,425)',
  CZ: '%(1000,4000,425)',
  DE: '%(1000,4000,425)',
  DK: '%(1000,4000,425)',
  ES: '%(1500,3000,425)',
  FI: '%(1000,4000,425)',
  FR: '%(1500,3500,440)',
  GB: '%(400,200,400,450);%(400,2000,400,450)',
  IE: '%(400,200,400,450);%(400,2000,400,450)',
  IT: '%(1000,4000,425)',
  JP: '%(1000,2000,384,416)',
  LU: '%(1000,4000,425)',
  NL: '%(1000,4000,425)',
  NO: '%(1000,4000,425)',
  NZ: '%(400,200,400,450);%(400,2000,400,450)',
  PL: '%(1000,4000,425)',
  PT: '%(1000,5000,425)',
  SE: '%(1000,5000,425)',
  US: '%(2000,4000,440,480)',
}

/** Most of the world uses 425 Hz, a second on and four off (E.180). */
const USUAL = '%(1000,4000,425)'

/** As FreeSWITCH audio that does not end. */
export function ringingTone(country: string | undefined): string {
  return `tone_stream://${(country && TONES[country]) ?? USUAL};loops=-1`
}
