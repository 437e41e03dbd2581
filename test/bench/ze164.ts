import { parsePhoneNumberFromString as p, isValidPhoneNumber } from 'libphonenumber-js/max'
import { toE164 } from '../../src/plan/numbers.ts'
const nums = ['+31502102544','31502100000','0502100000','0612345678','0031502100000','+4930123456','215','00493012345678','+1 2125550123'.replace(' ',''),'088123456']
for (const n of nums) { const a = toE164(n,'NL'); const q = p(n,{defaultCountry:'NL',extract:false}); const b = q?.isValid()?q.number:undefined; console.log(n,a,b,a===b) }
for (let r=0;r<4;r++){ 
 let t=performance.now(); for(let i=0;i<10000;i++) p('+3161'+String(i).padStart(7,'0'),'NL')!.isValid(); const a=(performance.now()-t)/10
 t=performance.now(); for(let i=0;i<10000;i++) p('+3161'+String(i).padStart(7,'0'),{defaultCountry:'NL',extract:false})!.isValid(); const b=(performance.now()-t)/10
 t=performance.now(); for(let i=0;i<10000;i++) p('+3161'+String(i).padStart(7,'0'),{extract:false}); const c=(performance.now()-t)/10
 console.log('us', a.toFixed(2),b.toFixed(2),'parse only',c.toFixed(2))}
