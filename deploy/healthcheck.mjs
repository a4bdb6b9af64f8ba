// Health check of a container without shell or curl: exit code 0 when the address answers 200, else 1.
const [url] = process.argv.slice(2);
const answer = await fetch(url ?? '', { signal: AbortSignal.timeout(2_500) }).catch((error) => ({ status: String(error) }));
if (answer.status !== 200) {
  console.error(`${url}: ${answer.status}`);
  process.exit(1);
}
