import { tritkit, TritkitError, type Plan } from 'tritkit'

const [model, output] = process.argv.slice(2) as [string, string]
const t = await tritkit()
const report = await t.show(model)
const plan: Plan = await t.convert(model, { type: 'i2_s', output, onProgress: p => void p.done })
const refused = await t.convert(model, { type: 'i2_s', output }).catch((e: TritkitError) => e.code)
console.log(report.tensors.length, plan.bytes, refused)
