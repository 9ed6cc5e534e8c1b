"use strict";

for (const code of document.querySelectorAll("pre > code[class*=language-]")) {
    Prism.highlightElement(code);
}

/** Whether it is copied: where the page may not write to the clipboard, it is selected, and can be copied by hand. */
const copy = async (code) => {
    try {
        await navigator.clipboard.writeText(code.textContent);
        return true;
    } catch {
        getSelection().selectAllChildren(code);
        return document.execCommand("copy");
    }
};

for (const block of document.querySelectorAll("pre")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", async () => {
        button.textContent = (await copy(block.querySelector("code"))) ? "Copied" : "Selected";
        setTimeout(() => (button.textContent = "Copy"), 1500);
    });
    const frame = document.createElement("div");
    frame.className = "code";
    block.replaceWith(frame);
    frame.append(block, button);
}

const menu = document.getElementById("menu");
menu.addEventListener("click", () => {
    const open = document.body.classList.toggle("menu");
    menu.setAttribute("aria-expanded", open);
});

// the contents begin where the page stands in them
document.querySelector("#contents [aria-current]")?.scrollIntoView({ block: "nearest" });
window.scrollTo({ top: location.hash ? window.scrollY : 0 });
