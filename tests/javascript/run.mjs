// Runs modules of JavaScript one after another: a JSON list of their sources in, a JSON list of what they print out.
const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const sources = JSON.parse(Buffer.concat(chunks).toString("utf8"));

let printed = [];
console.log = (...values) => printed.push(values.map((value) => JSON.stringify(value) ?? "undefined").join(" "));

const answers = [];
for (const [number, source] of sources.entries()) {
  printed = [];
  try {
    // The comment makes each a module of its own: the same text would be run once.
    await import(`data:text/javascript,${encodeURIComponent(`${source}\n// ${number}`)}`);
    answers.push({ out: printed.join("\n") });
  } catch (error) {
    answers.push({ error: String(error.stack ?? error) });
  }
}
process.stdout.write(JSON.stringify(answers));
