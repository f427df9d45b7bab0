// A server that can't be reached answers 504, as a proxy would say it: to htmx no answer is a fault of the page.
async function ask(...request) {
  try {
    return await fetch(...request);
  } catch (error) {
    const { signal } = request[1] ?? {};
    // What was called off on purpose has nothing to answer.
    if (signal?.aborted && signal.reason !== "timeout") throw error;
    return new Response(null, { status: 504 });
  }
}

document.addEventListener("htmx:before:request", ({ detail }) => {
  detail.ctx.fetch = ask;
});
