// Runs a script's cases and prints what became of each, a JSON line per case.

const cases = []

// test adds a case, that fails by throwing.
export function test(name, run) {
  cases.push({ name, run })
}

export async function runAll() {
  for (const { name, run } of cases) {
    const result = { case: name }
    try {
      await run()
    } catch (error) {
      result.failure = error.stack + '\n' + JSON.stringify(error.$metadata ?? {})
    }
    console.log(JSON.stringify(result))
  }
}
