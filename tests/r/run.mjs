// Runs programs of R, each in an environment of its own: a JSON list of them in, a JSON list of what they print out.
import { WebR } from "webr";

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { programs, parsed } = JSON.parse(Buffer.concat(chunks).toString("utf8"));

const webR = new WebR({ interactive: false });
await webR.init();
const shelter = await new webR.Shelter();

async function told(program) {
  // Packages that this R has not are only read: their grammar is checked, and nothing is run.
  const code = parsed ? `invisible(parse(text = ${JSON.stringify(program)}))` : program;
  try {
    const env = await new shelter.REnvironment({});
    const { output } = await shelter.captureR(code, { env, withAutoprint: false, captureGraphics: false });
    const lines = output.filter(({ type }) => type === "stdout").map(({ data }) => data);
    const warnings = await Promise.all(
      output.filter(({ type }) => type === "warning").map(async ({ data }) => (await data.get("message")).toString()),
    );
    return { out: lines.join("\n"), warnings };
  } catch (error) {
    return { error: error.message };
  } finally {
    await shelter.purge();
  }
}

const answers = [];
for (const program of programs) answers.push(await told(program));
await new Promise((done) => process.stdout.write(JSON.stringify(answers), done));
process.exit(0);
