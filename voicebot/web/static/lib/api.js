/** Requests to the control plane. Throws ApiError with a sentence for people. */

export class ApiError extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

async function request(path, options) {
  let response;
  try {
    response = await fetch(path, { ...options, headers: { accept: "application/json", ...options?.headers } });
  } catch {
    throw new ApiError("The server cannot be reached. Is the network there?", 0);
  }
  if (response.status === 401) {
    location.assign(`/sign-in?next=${encodeURIComponent(location.pathname)}`);
    throw new ApiError("Please sign in again.", 401);
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiError(body.error ?? `The server answered ${response.status}.`, response.status);
  return body;
}

export const get = (path) => request(path);
export const post = (path, body = {}) =>
  request(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
