"use strict";

for (const code of document.querySelectorAll("pre > code[class*=language-]")) {
    Prism.highlightElement(code);
}

for (const block of document.querySelectorAll("pre")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(block.querySelector("code").textContent);
        button.textContent = "Copied";
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
