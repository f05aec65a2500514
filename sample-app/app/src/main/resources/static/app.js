// The front page: registers, logs in, creates and lists items through the same API as any client.
// Tokens live in this page only; a reload means to log in again.
"use strict";

const byId = (id) => document.getElementById(id);
let tokens = null;
let next = null;

async function call(method, path, body, extra = {}) {
  const headers = { Accept: "application/json", ...extra };
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
  }
  if (tokens) {
    headers.Authorization = "Bearer " + tokens.accessToken;
  }
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(path, { method, headers, body: text });
  if (response.status === 204) {
    return null;
  }
  const answer = await response.text();
  if (!response.ok) {
    throw new Error(reason(answer, response.status));
  }
  return JSON.parse(answer);
}

function reason(answer, status) {
  try {
    const problem = JSON.parse(answer);
    const fields = (problem.errors || []).map((e) => `${e.field} ${e.message}`);
    return fields.length > 0 ? fields.join("; ") : problem.detail;
  } catch {
    return "The server answered " + status + ".";
  }
}

async function attempt(form, action) {
  const buttons = form.querySelectorAll("button");
  buttons.forEach((b) => (b.disabled = true));
  byId("message").hidden = true;
  try {
    await action();
  } catch (failure) {
    byId("message").textContent = failure.message;
    byId("message").hidden = false;
  } finally {
    buttons.forEach((b) => (b.disabled = false));
  }
}

function onSubmit(id, action) {
  byId(id).addEventListener("submit", (event) => {
    event.preventDefault();
    const form = event.target;
    attempt(form, () => action(Object.fromEntries(new FormData(form)), form));
  });
}

async function logIn(login, password) {
  tokens = await call("POST", "/api/sessions", { login, password });
  const user = await call("GET", "/api/users/" + tokens.userId);
  byId("name").textContent = user.profile.name || user.username;
  byId("welcome").hidden = true;
  byId("account").hidden = false;
  await list(true);
}

async function list(fromStart) {
  const cursor = fromStart || !next ? "" : "&cursor=" + encodeURIComponent(next);
  const page = await call("GET", "/api/items?limit=10" + cursor);
  if (fromStart) {
    byId("items").replaceChildren();
  }
  page.items.forEach((item) => byId("items").append(row(item)));
  next = page.next;
  byId("more").hidden = !next;
  byId("empty").hidden = byId("items").children.length > 0;
}

function row(item) {
  const entry = document.createElement("li");
  const text = document.createElement("div");
  const data = document.createElement("pre");
  data.textContent = JSON.stringify(item.data, null, 2);
  const when = document.createElement("time");
  when.dateTime = item.createdAt;
  when.textContent = new Date(item.createdAt).toLocaleString();
  text.append(data, when);
  const remove = document.createElement("button");
  remove.className = "quiet";
  remove.textContent = "Delete";
  remove.addEventListener("click", () =>
    attempt(entry, async () => {
      await call("DELETE", "/api/items/" + item.id);
      await list(true);
    }),
  );
  entry.append(text, remove);
  return entry;
}

onSubmit("register", async ({ email, username, password }, form) => {
  await call("POST", "/api/users", { email, username, password });
  form.reset();
  await logIn(username, password);
});
onSubmit("login", async ({ login, password }, form) => {
  await logIn(login, password);
  form.reset();
});
onSubmit("create", async ({ data }) => {
  JSON.parse(data);
  await call("POST", "/api/items", `{"data":${data}}`, { "Idempotency-Key": key() });
  await list(true);
});
byId("more").addEventListener("click", () => attempt(byId("account"), () => list(false)));
byId("logout").addEventListener("click", () =>
  attempt(byId("account"), async () => {
    await call("DELETE", "/api/sessions/current");
    tokens = null;
    byId("account").hidden = true;
    byId("welcome").hidden = false;
  }),
);

// Unlike crypto.randomUUID this also works on a page that came over plain HTTP.
function key() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

fetch("/actuator/health/readiness")
  .then((response) => response.json())
  .then((health) => {
    byId("health").textContent = health.status === "UP" ? "The server is ready." : "Not ready.";
  })
  .catch(() => {
    byId("health").textContent = "The server does not answer.";
  });
