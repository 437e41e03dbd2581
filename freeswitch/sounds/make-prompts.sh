#!/bin/sh
# Makes every prompt below sounds/belplan with espeak-ng and sox: 8 kHz, mono, 16 bit, which FreeSWITCH plays
# without resampling. Needs the Debian packages espeak-ng and sox. Run it after a change to a text.
set -eu
cd "$(dirname "$0")"
speech=$(mktemp)
trap 'rm -f "$speech"' EXIT

# speak LANGUAGE VOICE NAME TEXT. Silence is cut at both ends, the level brought to -3 dB, telephone band only.
speak() {
  mkdir -p "belplan/$1"
  espeak-ng -v "$2" -s 165 -g 2 -w "$speech" "$4"
  sox "$speech" -r 8000 -c 1 -b 16 "belplan/$1/$3.wav" \
    highpass 200 lowpass 3400 silence 1 0.05 0.5% reverse silence 1 0.05 0.5% reverse norm -3 pad 0.1 0.2
}

en() { speak en en-gb+f3 "$@"; }
nl() { speak nl nl+f3 "$@"; }

en enter-code 'Please enter your code, and end with the hash key.'
en wrong-code 'That code is not right. Please try again.'
en too-late 'We received no digits. Please enter your code.'
en sorry 'We are sorry. Your call cannot be connected at the moment. Please try again later.'
en welcome-menu 'Welcome. For sales, press 1. For support, press 2. For anything else, please hold the line.'
en closed 'Our office is closed. Please call back during office hours.'
en goodbye 'Thank you for calling. Goodbye.'
en recorded 'This conversation will be recorded.'
en please-wait 'One moment please. We are connecting your call.'
en press-1 'You have a call. To take it, press 1.'
en surgery-welcome 'This is the surgery. In an emergency, press 1. Otherwise, please hold the line.'
en surgery-closed 'The surgery is closed. We are calling the doctor on duty. In danger of life, call 1 1 2.'
en surgery-patient 'A patient is calling for the doctor on duty. Press 1 to take the call.'
en shop-welcome 'Welcome to the shop. Please hold the line, or press 1 at any time to leave a message and be called back.'
en shop-leave-message 'Please say your name and your order number after the tone. We will call you back.'
en shop-closed 'The shop is closed. Please leave a message after the tone. We will call you back.'
en plumber-customer 'A customer is calling. Press 1 to take the call.'
en plumber-night 'We are closed. For a burst pipe, press 1.'
en plumber-busy 'I am at work and cannot answer. Please leave a message after the tone.'
en town-hall-language 'Voor Nederlands, toets 1. For English, please hold the line.'
en town-hall-menu 'Welcome to the town hall. For passports, press 1. For waste collection, press 2. For anything else, please hold the line.'
en town-hall-closed 'The town hall is closed. It is open on working days from half past eight to five, and on Thursdays until eight.'
en helpdesk-welcome 'Welcome to the helpdesk. If you have a contract, press 1.'

nl enter-code 'Toets uw code in, en sluit af met een hekje.'
nl wrong-code 'Deze code is niet juist. Probeer het opnieuw.'
nl too-late 'Wij hebben geen cijfers ontvangen. Toets uw code in.'
nl sorry 'Het spijt ons. Uw gesprek kan op dit moment niet worden verbonden. Probeert u het later nog eens.'
nl welcome-menu 'Welkom. Voor verkoop, toets 1. Voor ondersteuning, toets 2. Voor overige vragen, blijf aan de lijn.'
nl closed 'Ons kantoor is gesloten. Belt u ons terug tijdens kantooruren.'
nl goodbye 'Bedankt voor het bellen. Tot ziens.'
nl recorded 'Dit gesprek wordt opgenomen.'
nl please-wait 'Een ogenblik alstublieft. Wij verbinden u door.'
nl press-1 'U hebt een gesprek. Toets 1 om het aan te nemen.'
nl town-hall-menu 'Welkom bij het stadhuis. Voor paspoorten, toets 1. Voor afval, toets 2. Voor overige vragen, blijf aan de lijn.'
nl town-hall-closed 'Het stadhuis is gesloten. Het is op werkdagen open van half negen tot vijf uur, en op donderdag tot acht uur.'

# What waiting callers hear (local_stream://waiting): a chord, plucked and left to fade, over and over.
mkdir -p belplan/music
sox -n -r 8000 -c 1 -b 16 belplan/music/waiting.wav synth 4 pluck G3 pluck B3 pluck D4 pluck G4 \
  delay 0 0.4 0.8 1.2 remix - fade 0 4 1.5 norm -12
