"use strict";

(() => {
    const MOST_RESULTS = 12;
    const EXCERPT_BEFORE = 60;
    const EXCERPT_AFTER = 140;
    // too many words are one letter from it
    const SHORT_WORD = 3;

    const root = document.body.dataset.root;
    const input = document.getElementById("search");
    const results = document.getElementById("results");
    let loading;
    let index;
    let vocabulary;
    const frequencies = new Map();

    const load = (name) =>
        new Promise((resolve, reject) => {
            const script = document.createElement("script");
            script.src = root + "assets/" + name;
            script.onload = resolve;
            script.onerror = reject;
            document.head.append(script);
        });

    // names of properties, methods and files are found by their parts
    const SEPARATOR = /[^\p{L}\p{N}_]+/u;

    // beside lunr's own: what questions are asked with, and what contractions leave
    const SAY_NOTHING = new Set("don doesn isn many much need out s t use used uses using way work works".split(" "));

    const words = (text) => text.toLowerCase().split(SEPARATOR).filter(Boolean);

    const says = (word) => lunr.stopWordFilter(word) && !SAY_NOTHING.has(word);

    // made when it is first needed: reading needs no index
    const prepare = () =>
        (loading ??= Promise.all([load("lunr.js"), load("search-entries.js")]).then(() => {
            lunr.tokenizer.separator = SEPARATOR;
            index = lunr(function () {
                this.field("title", { boost: 12 });
                this.field("names", { boost: 4 });
                this.field("page", { boost: 4 });
                this.field("text");
                this.metadataWhitelist = ["position"];
                searchEntries.forEach((entry, id) => this.add({ id, ...entry }));
            });
            searchEntries
                .flatMap((entry) => words(entry.title + " " + entry.text))
                .forEach((word) => frequencies.set(word, (frequencies.get(word) ?? 0) + 1));
            vocabulary = lunr.TokenSet.fromArray([...frequencies.keys()].sort());
        }));

    /** The word, or else the most frequent of those that begin with it, or else of those that differ in one letter. */
    const likely = (word) => {
        const found = (pattern) =>
            vocabulary
                .intersect(pattern)
                .toArray()
                .sort((a, b) => frequencies.get(b) - frequencies.get(a));
        if (frequencies.has(word)) {
            return word;
        }
        const [longer] = found(lunr.TokenSet.fromString(word + "*"));
        const [near] = longer || word.length <= SHORT_WORD ? [] : found(lunr.TokenSet.fromFuzzyString(word, 1));
        return longer ?? near ?? word;
    };

    /** What has all words, before what has some of them or begins like the last. */
    const search = (typed) => {
        // of words such as "the" the index has none, so that nothing would have all words
        const telling = typed.map(likely).filter(says);
        const wanted = telling.length > 0 ? telling : typed;
        const beginning = typed.at(-1);
        const all = index.query((query) =>
            wanted.forEach((word) => query.term(word, { presence: lunr.Query.presence.REQUIRED })),
        );
        const some = index.query((query) => {
            wanted.forEach((word) => query.term(word, { boost: 10 }));
            if (says(beginning)) {
                query.term(beginning, { wildcard: lunr.Query.wildcard.TRAILING, usePipeline: false });
            }
        });
        const found = new Set(all.map((match) => match.ref));
        return [...all, ...some.filter((match) => !found.has(match.ref))];
    };

    /** The places of the words in the text, in order, without those that overlap. */
    const places = (match) =>
        Object.values(match.matchData.metadata)
            .flatMap((fields) => fields.text?.position ?? [])
            .sort((a, b) => a[0] - b[0]);

    /** Where most of the found words stand close together. */
    const densest = (found) => {
        let best = 0;
        let most = 0;
        found.forEach(([start], place) => {
            const close = found.filter(([other]) => other >= start && other < start + EXCERPT_AFTER).length;
            if (close > most) {
                most = close;
                best = place;
            }
        });
        return found[best]?.[0] ?? 0;
    };

    const excerpt = (match, text) => {
        const found = places(match);
        const centre = densest(found);
        const begin = centre > EXCERPT_BEFORE ? text.indexOf(" ", centre - EXCERPT_BEFORE) + 1 : 0;
        const end = Math.min(text.length, centre + EXCERPT_AFTER);
        const line = document.createElement("p");
        let at = begin;
        for (const [start, length] of found) {
            if (start >= at && start + length <= end) {
                const mark = document.createElement("mark");
                mark.textContent = text.slice(start, start + length);
                line.append(text.slice(at, start), mark);
                at = start + length;
            }
        }
        line.append(text.slice(at, end));
        if (begin > 0) {
            line.prepend("… ");
        }
        if (end < text.length) {
            line.append(" …");
        }
        return line;
    };

    const option = (match, place) => {
        const entry = searchEntries[match.ref];
        const link = document.createElement("a");
        link.href = root + entry.address;
        link.id = "result-" + place;
        link.setAttribute("role", "option");
        link.tabIndex = -1;
        const title = document.createElement("strong");
        title.textContent = entry.page === entry.title ? entry.page : entry.page + " › " + entry.title;
        link.append(title, excerpt(match, entry.text));
        return link;
    };

    const close = () => {
        results.hidden = true;
        input.setAttribute("aria-expanded", "false");
        input.removeAttribute("aria-activedescendant");
    };

    const show = async () => {
        await prepare();
        // meanwhile more may have been typed, or the field left
        const typed = words(input.value);
        if (typed.length === 0 || document.activeElement !== input) {
            close();
            return;
        }
        const matches = search(typed).slice(0, MOST_RESULTS);
        if (matches.length > 0) {
            results.replaceChildren(...matches.map(option));
            choose(0);
        } else {
            const nothing = document.createElement("p");
            nothing.className = "nothing";
            nothing.setAttribute("role", "option");
            nothing.textContent = "Nothing found. Try fewer words, or the term as the page would use it.";
            results.replaceChildren(nothing);
        }
        results.hidden = false;
        input.setAttribute("aria-expanded", "true");
    };

    const chosen = () => results.querySelector("[aria-selected=true]");

    const choose = (place) => {
        const links = [...results.querySelectorAll("a")];
        links.forEach((link, other) => link.setAttribute("aria-selected", other === place));
        links[place].scrollIntoView({ block: "nearest" });
        input.setAttribute("aria-activedescendant", links[place].id);
    };

    const move = (step) => {
        const links = [...results.querySelectorAll("a")];
        if (links.length > 0) {
            choose((links.indexOf(chosen()) + step + links.length) % links.length);
        }
    };

    input.addEventListener("focus", prepare);
    input.addEventListener("input", show);
    input.addEventListener("keydown", (event) => {
        const keys = {
            ArrowDown: () => move(1),
            ArrowUp: () => move(-1),
            Enter: () => chosen()?.click(),
            Escape: () => {
                close();
                input.blur();
            },
        };
        if (keys[event.key] && !(event.isComposing && event.key === "Enter")) {
            event.preventDefault();
            keys[event.key]();
        }
    });
    // a click on a result leaves the keyboard where it is, in the field
    results.addEventListener("mousedown", (event) => event.preventDefault());
    results.addEventListener("click", close);
    input.addEventListener("blur", close);
    document.addEventListener("keydown", (event) => {
        const typing = event.target.closest("input, textarea, [contenteditable]");
        if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
            event.preventDefault();
            input.focus();
            input.select();
        }
    });
})();
