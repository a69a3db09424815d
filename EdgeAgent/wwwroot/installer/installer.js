// The box's own page: find cameras, draw zones, choose rules, teach what differs by site.
import { isEnglish, turn, word } from "./words.js";
import { tell } from "./said.js";
import { playback } from "./playback.js";
import { drawing, parseZone, zoneText } from "./drawing.js";

const main = document.querySelector("#main"),
  toast = document.querySelector("#toast");
const taught = { "bin-open": ["closed", "open"], "uncovered-food": ["covered", "uncovered"] };
let state = null,
  page = { name: "home" },
  timer = null;

// Every text goes in as text, so that a camera's name is never markup.
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key in node && key !== "list") node[key] = value;
    else node.setAttribute(key, value);
  }
  node.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}
const button = (text, act, kind = "") => el("button", { type: "button", className: kind, onclick: act }, text);
const field = (text, input) => el("label", {}, text, input);
const say = (text) => {
  toast.textContent = text;
  toast.classList.add("shown");
  setTimeout(() => toast.classList.remove("shown"), 4000);
};

async function ask(path, method = "GET", body) {
  const answer = await fetch(`api/${path}`, {
    method,
    headers: body ? { "Content-Type": "application/json" } : {},
    body: body ? JSON.stringify(body) : undefined,
  });
  if (answer.status === 401 && path !== "sign-in") {
    state = null;
    go({ name: "sign-in" });
  }
  if (path === "sign-in" && !answer.ok) throw new Error(word(answer.status === 429 ? "locked" : "wrongCode"));
  if (!answer.ok) throw new Error((await answer.json().catch(() => null))?.detail ?? `${answer.status}`);
  return answer.headers.get("Content-Type")?.includes("json") ? answer.json() : null;
}
// Runs what a button does: once at a time, and tells what went wrong.
const act = (work) => async (event) => {
  const pressed = event?.currentTarget;
  if (pressed) pressed.disabled = true;
  try {
    await work(event);
  } catch (error) {
    say(error instanceof TypeError ? word("lost") : tell(error.message));
  } finally {
    if (pressed) pressed.disabled = false;
  }
};

async function refresh() {
  clearTimeout(timer);
  try {
    state = await ask("state");
    head();
    update();
  } catch (error) {
    if (state && error instanceof TypeError) say(word("lost"));
  }
  if (state) timer = setTimeout(refresh, 3000);
}
function head() {
  document.documentElement.lang = isEnglish() ? "en" : "zh-CN";
  document.title = word("title");
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = word(node.dataset.word);
  document.querySelector("#language").textContent = isEnglish() ? "中文" : "English";
  document.querySelector("#sign-out").hidden = !state;
  const uplink = document.querySelector("#uplink");
  uplink.hidden = !state;
  if (!state) return;
  uplink.className = state.uplink === "connected" ? "state well" : "state";
  uplink.textContent = state.uplink === "connected" ? `${word("connected")}${state.site ? ` · ${state.site}` : ""}` : word("offline");
  uplink.title = state.uplink;
}
function go(to) {
  page = to;
  main.replaceChildren(...[pages[to.name](to)].flat());
  head();
}
// What changes by itself is put in place without touching what somebody writes.
function update() {
  if (page.name === "home") pages.update();
}

const pages = {
  "sign-in"() {
    const code = el("input", {
      id: "code",
      autocomplete: "off",
      autocapitalize: "characters",
      placeholder: "XXXX-XXXX-XXXX",
      required: true,
    });
    return el(
      "form",
      {
        className: "panel narrow",
        onsubmit: (event) => {
          event.preventDefault();
          act(async () => {
            await ask("sign-in", "POST", { code: code.value });
            await refresh();
            go({ name: "home" });
          })();
        },
      },
      el("h2", {}, word("title")),
      field(word("code"), code),
      el("p", { className: "soft" }, word("codeHint")),
      el("button", {}, word("signIn")),
    );
  },

  home() {
    const cards = el("div", { className: "cameras", id: "cameras" });
    const view = [
      el("ol", { className: "steps", id: "steps" }),
      el(
        "div",
        { className: "row between" },
        el("h2", {}, word("cameras")),
        el(
          "div",
          { className: "row" },
          button(
            word("find"),
            act(() => go({ name: "find" })),
          ),
          button(word("addByAddress"), () => go({ name: "edit", camera: {} }), "plain"),
        ),
      ),
      el("div", { id: "notes" }),
      cards,
      el("section", { className: "panel" }, el("h2", {}, word("findings")), el("div", { id: "findings" })),
      el(
        "section",
        { className: "panel" },
        el("h2", {}, word("time")),
        el("p", { id: "clock" }),
        el("p", { id: "disk" }),
        el(
          "div",
          { className: "row" },
          field(word("zone"), el("input", { id: "zone", value: state.timeZone, list: "" })),
          field(
            word("clockSource"),
            el(
              "select",
              { id: "clock-source" },
              ...["machine", "server"].map((s) => el("option", { value: s, selected: state.clockSource === s }, word(`clock-${s}`))),
            ),
          ),
          button(
            word("save"),
            act(async () => {
              await ask("time", "PUT", {
                zone: document.querySelector("#zone").value.trim(),
                clockSource: document.querySelector("#clock-source").value,
              });
              say(word("saved"));
            }),
            "plain",
          ),
          button(
            word("back"),
            act(async () => {
              await ask("back", "POST");
              await refresh();
              say(word("saved"));
            }),
            "quiet",
          ),
        ),
      ),
    ];
    queueMicrotask(() => pages.update());
    return view;
  },

  update() {
    const live = state.cameras.some((c) => c.health?.state === "live"),
      zones = state.rules.some((r) => r.zone || r.taught);
    document.querySelector("#steps")?.replaceChildren(
      ...[
        ["stepCamera", live],
        ["stepZone", zones],
        ["stepRule", live && state.rules.length > 0],
      ].map(([key, done]) => el("li", { className: done ? "done" : "" }, word(key))),
    );
    document.querySelector("#notes")?.replaceChildren(
      ...[...state.unarmed, state.storeFault, state.recordingFault, state.storageNote, state.rescued]
        .filter(Boolean)
        .map(tell)
        .map((text) => el("p", { className: "note" }, text)),
    );
    const cards = document.querySelector("#cameras");
    if (!cards) return;
    if (state.cameras.length === 0) cards.replaceChildren(el("p", { className: "soft" }, word("noCameras")));
    else
      cards.replaceChildren(
        ...state.cameras.map((view) => {
          const { camera, health, figures } = view,
            rules = state.rules.filter((r) => r.camera === camera.id);
          const shot =
            cards.querySelector(`img[data-id="${camera.id}"]`) ??
            el("img", { className: "shot", alt: camera.name || camera.id, "data-id": camera.id });
          if (health?.state === "live" && (!shot.dataset.at || Date.now() - shot.dataset.at > 9000)) {
            shot.dataset.at = Date.now();
            shot.src = `api/cameras/${camera.id}/still?${shot.dataset.at}`;
          }
          return el(
            "article",
            { className: "camera" },
            shot,
            el(
              "div",
              { className: "body" },
              el(
                "div",
                { className: "row between" },
                el("h3", {}, camera.name || camera.id),
                el("span", { className: health?.state === "live" ? "state well" : "state" }, word(health?.state ?? "off")),
              ),
              health?.detail ? el("p", { className: "soft" }, tell(health.detail)) : null,
              view.codec?.startsWith("hvc") ? el("p", { className: "note" }, word("h265")) : null,
              el(
                "div",
                { className: "figures" },
                ...[
                  ["read", `${figures.read} ${word("perSecond")}`],
                  ["analysed", `${figures.analysed} ${word("perSecond")}`],
                  ["delay", `${figures.ageMs} ms`],
                  ["dropped", `${figures.dropped} ${word("perSecond")}`],
                ].map(([key, text]) => el("span", {}, `${word(key)} ${text}`)),
              ),
              el(
                "p",
                { className: "soft" },
                word("rules") +
                  ` ${rules.length}` +
                  (rules.length
                    ? (isEnglish() ? ": " : "：") + [...new Set(rules.map((r) => word(r.kind)))].join(isEnglish() ? ", " : "、")
                    : ""),
              ),
              el(
                "div",
                { className: "row" },
                button(word("setUp"), () => go({ name: "rules", id: camera.id })),
                button(word("recorded"), () => go({ name: "recorded", id: camera.id }), "plain"),
                button(word("edit"), () => go({ name: "edit", camera, hasPassword: view.hasPassword }), "plain"),
              ),
            ),
          );
        }),
      );
    const gigabytes = (bytes) => (bytes / 1e9).toFixed(bytes < 1e10 ? 1 : 0);
    document.querySelector("#disk").textContent =
      state.diskFree < 0
        ? ""
        : word("disk", { f: gigabytes(state.diskFree), s: gigabytes(state.diskSize), r: gigabytes(state.recordedBytes) });
    document.querySelector("#clock").textContent =
      `${word("clock")} ${state.now.slice(0, 19).replace("T", " ")} · ` +
      (state.clockAheadSeconds === null ? word("driftUnknown") : word("drift", { s: state.clockAheadSeconds.toFixed(1) }));
    document
      .querySelector("#findings")
      .replaceChildren(
        state.findings.length === 0
          ? el("p", { className: "soft" }, word("noFindings"))
          : el(
              "table",
              {},
              el(
                "tbody",
                {},
                ...state.findings.map((f) =>
                  el(
                    "tr",
                    { "data-kind": f.kind },
                    el("td", {}, f.openedAt.slice(11, 19)),
                    el("td", {}, f.zone || f.camera),
                    el("td", {}, word(f.kind)),
                  ),
                ),
              ),
            ),
      );
  },

  find() {
    const list = el("div", { className: "panel" }, el("p", { className: "soft" }, word("finding")));
    act(async () => {
      const found = await ask("find", "POST");
      list.replaceChildren(
        ...(found.length === 0
          ? [el("p", {}, word("foundNone"))]
          : found.map((device) => {
              const user = el("input", { autocomplete: "off", value: "admin" }),
                password = el("input", { type: "password", autocomplete: "new-password" });
              return el(
                "form",
                {
                  className: "rule",
                  onsubmit: (event) => {
                    event.preventDefault();
                    act(async () => {
                      const streams = await ask("onvif", "POST", { service: device.service, user: user.value, password: password.value });
                      go({
                        name: "edit",
                        fresh: true,
                        camera: {
                          name: device.name,
                          url: streams.main?.url ?? "",
                          subUrl: streams.sub?.url ?? "",
                          user: user.value,
                          password: password.value,
                        },
                      });
                    })({ currentTarget: event.submitter });
                  },
                },
                el("h3", {}, `${device.name} · ${device.host}`),
                el("div", { className: "fields" }, field(word("user"), user), field(word("password"), password)),
                el("div", {}, el("button", {}, word("choose"))),
              );
            })),
      );
    })();
    return [
      el(
        "div",
        { className: "row between" },
        el("h2", {}, word("find")),
        button(word("cancel"), () => go({ name: "home" }), "plain"),
      ),
      list,
    ];
  },

  edit({ camera, hasPassword, fresh }) {
    const known = camera.id !== undefined;
    const input = (value, more = {}) => el("input", { value: value ?? "", autocomplete: "off", ...more });
    const name = input(camera.name, { id: "name", placeholder: word("namePlaceholder"), required: true }),
      url = input(camera.url, { id: "url", required: true, placeholder: "rtsp://192.168.1.64:554/main" });
    const sub = input(camera.subUrl, { id: "sub", placeholder: "rtsp://192.168.1.64:554/sub" }),
      user = input(camera.user, { id: "user" });
    const password = input(camera.password, {
      id: "password",
      type: "password",
      autocomplete: "new-password",
      placeholder: hasPassword ? word("kept") : "",
    });
    const transport = el(
      "select",
      { id: "transport" },
      ...["tcp", "udp"].map((t) => el("option", { value: t, selected: (camera.transport ?? "tcp") === t }, t.toUpperCase())),
    );
    const reencode = el("input", { type: "checkbox", id: "reencode", checked: camera.reencode ?? false }),
      anew = el("label", { className: "row", hidden: !camera.reencode }, reencode, word("reencode"));
    const result = el("div", { id: "result" });
    const read = () => ({
      id: camera.id ?? freshId(),
      name: name.value.trim(),
      url: url.value.trim(),
      subUrl: sub.value.trim() || null,
      transport: transport.value,
      reencode: reencode.checked,
      user: user.value || null,
      password: password.value || null,
    });
    const test = act(async () => {
      result.replaceChildren(el("p", { className: "soft" }, word("testing")));
      const answer = await ask("test", "POST", read());
      if (answer.transport) transport.value = answer.transport;
      if (answer.codec && !answer.plays) anew.hidden = false;
      result.replaceChildren(
        ...(answer.fault
          ? [el("p", { className: "note" }, tell(answer.fault))]
          : [
              el("p", { className: "note well" }, `${word("works")} · ${answer.codec} · ${answer.width}×${answer.height}`),
              answer.plays ? null : el("p", { className: "note" }, word("h265")),
              answer.codec === "H.264" || answer.codec === "H.265" ? null : el("p", { className: "note" }, word("encoded")),
              answer.note ? el("p", { className: "note" }, tell(answer.note)) : null,
              el("img", { className: "shot", alt: word("works"), src: `data:image/jpeg;base64,${answer.still}` }),
            ].filter(Boolean)),
      );
    });
    if (fresh) queueMicrotask(test);
    return [
      el(
        "div",
        { className: "row between" },
        el("h2", {}, camera.name || word("addByAddress")),
        button(word("cancel"), () => go({ name: "home" }), "plain"),
      ),
      el(
        "form",
        {
          className: "panel",
          onsubmit: (event) => {
            event.preventDefault();
            act(async () => {
              const wanted = read();
              await ask(`cameras/${wanted.id}`, "PUT", wanted);
              await refresh();
              say(word("saved"));
              go({ name: "rules", id: wanted.id });
            })({ currentTarget: event.submitter });
          },
        },
        el(
          "div",
          { className: "fields" },
          field(word("name"), name),
          field(word("url"), url),
          field(word("sub"), sub),
          field(word("user"), user),
          field(word("password"), password),
          field(word("transport"), transport),
        ),
        anew,
        el(
          "div",
          { className: "row" },
          button(word("test"), test, "plain"),
          el("button", { id: "save" }, word("save")),
          known
            ? button(
                word("remove"),
                act(async () => {
                  if (!confirm(word("removeSure"))) return;
                  await ask(`cameras/${camera.id}`, "DELETE");
                  await refresh();
                  go({ name: "home" });
                }),
                "quiet",
              )
            : null,
        ),
        result,
      ),
    ];
  },

  recorded({ id }) {
    const view = state.cameras.find((c) => c.camera.id === id);
    if (!view) return [];
    return [
      el(
        "div",
        { className: "row between" },
        el("h2", {}, `${view.camera.name || id} · ${word("recorded")}`),
        button(word("cancel"), () => go({ name: "home" }), "plain"),
      ),
      ...playback({ el, button, ask, act }, view, state.now, state.keyFingerprint),
    ];
  },

  rules({ id }) {
    const view = state.cameras.find((c) => c.camera.id === id);
    if (!view) return [];
    const own = () => state.rules.filter((r) => r.camera === id);
    const image = el("img", { alt: "", src: `api/cameras/${id}/still?${Date.now()}` });
    const still = drawing(image, () => own().map((r) => parseZone(r.zone)));
    const kind = el(
      "select",
      { id: "kind", onchange: () => choose() },
      ...state.kinds.map((k) => el("option", { value: k, selected: k === "no-mask" }, word(k))),
    );
    const zoneName = el("input", { id: "zone-name", value: view.camera.name });
    const slider = (key, value, max) => {
      const shown = el("output", {}, `${value} ${word("seconds")}`);
      const range = el("input", {
        type: "range",
        min: 0,
        max,
        step: 1,
        value,
        id: key,
        oninput: () => {
          shown.textContent = `${range.value} ${word("seconds")}`;
        },
      });
      return { range, node: field(word(key), el("span", {}, range, shown)) };
    };
    const dwell = slider("dwell", 3, 60),
      quiet = slider("quiet", 30, 300),
      hours = el("input", { id: "hours", placeholder: "06:00-14:00" });
    const hint = el("p", { className: "soft", id: "hint" }),
      lesson = el("div", { id: "lesson" }),
      list = el("div", { id: "rule-list" });
    let corners = [];

    function choose() {
      const isTaught = kind.value in taught;
      hint.textContent = word(isTaught ? "drawBoxHint" : "drawHint");
      lesson.replaceChildren();
      if (isTaught) lessonOf(state.zones.find((z) => z.name === zoneKey()));
    }
    const zoneKey = () => `${id}-${kind.value}`;
    const bounds = () => ({
      x: Math.min(...corners.map((c) => c[0])),
      y: Math.min(...corners.map((c) => c[1])),
      width: Math.max(...corners.map((c) => c[0])) - Math.min(...corners.map((c) => c[0])),
      height: Math.max(...corners.map((c) => c[1])) - Math.min(...corners.map((c) => c[1])),
    });
    function lessonOf(standing) {
      if (standing && corners.length === 0 && standing.region.width > 0) {
        const { x, y, width, height } = standing.region;
        corners = [
          [x, y],
          [x + width, y],
          [x + width, y + height],
          [x, y + height],
        ];
        still.set(corners);
      }
      const share = (v) => `${Math.round(v * 100)} %`;
      lesson.replaceChildren(
        el("h3", {}, word("teach")),
        el("p", { className: "soft" }, word("teachHint")),
        el(
          "div",
          { className: "row" },
          ...taught[kind.value].map((s) =>
            button(
              `${word("now", { s: word(s) })} · ${word("occasions", { n: standing?.examples?.[s] ?? 0 })}`,
              act(async () => {
                lessonOf(
                  await ask(`zones/${zoneKey()}/examples`, "POST", {
                    camera: id,
                    state: s,
                    ...(corners.length ? bounds() : { x: 0, y: 0, width: 0, height: 0 }),
                  }),
                );
              }),
              "plain",
            ),
          ),
        ),
        standing
          ? el(
              "div",
              {},
              button(
                word("anew"),
                act(async () => {
                  await ask(`zones/${zoneKey()}`, "DELETE");
                  await refresh();
                  lessonOf(undefined);
                }),
                "quiet",
              ),
            )
          : null,
        standing
          ? el(
              "p",
              { className: standing.refusal ? "note" : "note well", id: "standing" },
              standing.refusal ?? word("armed", { a: share(standing.accuracy), u: share(standing.unsure) }),
            )
          : null,
      );
    }
    function rulesShown() {
      list.replaceChildren(
        ...(own().length === 0
          ? [el("p", { className: "soft" }, word("noRules"))]
          : own().map((rule) =>
              el(
                "div",
                { className: "rule" },
                el(
                  "p",
                  { className: "sentence" },
                  word("sentence", {
                    zone: rule.zoneName || word("whole"),
                    kind: word(rule.kind),
                    dwell: secondsOf(rule.dwell),
                    quiet: secondsOf(rule.quiet),
                    hours: rule.hours.length ? word("onlyAt", { h: rule.hours.join("、") }) : word("allDay"),
                  }),
                ),
                el(
                  "div",
                  {},
                  button(
                    word("remove"),
                    act(() => keep(state.rules.filter((r) => r !== rule))),
                    "quiet",
                  ),
                ),
              ),
            )),
      );
      still.set(corners);
    }
    async function keep(rules) {
      await ask("rules", "PUT", rules);
      await refresh();
      corners = [];
      rulesShown();
      say(word("saved"));
    }
    const arm = act(async () => {
      const isTaught = kind.value in taught;
      await keep([
        ...state.rules,
        {
          camera: id,
          kind: kind.value,
          zoneName: zoneName.value.trim(),
          zone: isTaught ? "" : zoneText(corners),
          taught: isTaught ? zoneKey() : "",
          hours: hours.value.split(/[,、,\s]+/).filter(Boolean),
          dwell: clockOf(dwell.range.value),
          quiet: clockOf(quiet.range.value),
        },
      ]);
    });
    queueMicrotask(() => {
      choose();
      rulesShown();
    });
    return [
      el(
        "div",
        { className: "row between" },
        el("h2", {}, `${view.camera.name || id} · ${word("setUp")}`),
        el(
          "div",
          { className: "row" },
          button(
            word("moved"),
            act(async () => {
              await ask(`cameras/${id}/view`, "POST");
              say(word("movedDone"));
            }),
            "quiet",
          ),
          button(word("cancel"), () => go({ name: "home" }), "plain"),
        ),
      ),
      el(
        "div",
        { className: "two" },
        el(
          "div",
          { className: "panel" },
          still.node,
          hint,
          el(
            "div",
            { className: "row" },
            button(
              word("draw"),
              () =>
                still.begin(kind.value in taught ? "box" : "corners", (c) => {
                  corners = c;
                }),
              "plain",
            ),
            button(
              word("whole"),
              () => {
                corners = [];
                still.set([]);
              },
              "quiet",
            ),
          ),
        ),
        el(
          "div",
          { className: "panel" },
          field(word("what"), kind),
          lesson,
          field(word("zoneName"), zoneName),
          dwell.node,
          quiet.node,
          field(word("hours"), hours),
          button(word("addRule"), arm),
        ),
      ),
      el("section", { className: "panel" }, el("h2", {}, word("rules")), list),
    ];
  },
};
const clockOf = (seconds) => new Date(seconds * 1000).toISOString().slice(11, 19);
const secondsOf = (clock) => {
  const [h, m, s] = clock.split(":").map(Number);
  return Math.round(h * 3600 + m * 60 + s);
};
function freshId() {
  for (let n = 1; ; n++) if (!state.cameras.some((c) => c.camera.id === `camera-${n}`)) return `camera-${n}`;
}

document.querySelector("#language").addEventListener("click", () => {
  turn();
  go(page);
});
document.querySelector("#sign-out").addEventListener(
  "click",
  act(async () => {
    await ask("sign-out", "POST");
    state = null;
    clearTimeout(timer);
    go({ name: "sign-in" });
  }),
);
await refresh();
go({ name: state ? "home" : "sign-in" });
