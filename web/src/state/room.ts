/** How many windows of a browser listen to the same server at once. */

/** 4: a browser allows six connections to a server, and each window needs one to ask with. */
const LISTENERS = 4;

/** Takes a place among those who listen. Answers how to leave it, or null where all are taken. */
export async function room(): Promise<(() => void) | null> {
  // Outside of secure contexts windows do not know of each other.
  if (!("locks" in navigator)) return () => undefined;
  for (let place = 0; place < LISTENERS; place++) {
    const leave = await taken(`listening ${place}`);
    if (leave) return leave;
  }
  return null;
}

/** Holds a lock until the function that this answers with is called. */
function taken(name: string): Promise<(() => void) | null> {
  return new Promise((resolve) => {
    void navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      if (!lock) return resolve(null);
      return new Promise<void>((leave) => resolve(() => leave()));
    });
  });
}
