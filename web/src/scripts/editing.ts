/** What a new script begins with, and what is read from the fields beside it. Pure. */

export const TEMPLATE = `script: new-script
title: {zh: 新话术, en: New script}
languages: [zh, en]
start: identity
reasons:
  A: {text: {zh: 不需要, en: Not needed}}
  G: {text: {zh: 其他, en: Other}, asks: {zh: 什么原因？, en: What is it?}}
steps:
  identity:
    title: {zh: 核对身份, en: Identity check}
    say:
      zh: 您好，我是{campaign}，请问是{name|机主}本人吗？
      en: Good day, this is {campaign}. Am I speaking with {name|the owner of this number}?
    choices:
      - {key: 1, label: {zh: 是, en: "Yes"}, next: offer}
      - {key: 2, label: {zh: 不是, en: "No"}, next: wrong_person}
  offer:
    title: {zh: 介绍, en: Offer}
    say:
      zh: 我们为您准备了{attributes.plan|新套餐}，您有兴趣吗？
      en: We have {attributes.plan|a new subscription} for you. Would you like it?
    choices:
      - {key: 1, label: {zh: 同意, en: Agreed}, next: agreed}
      - {key: 2, label: {zh: 拒绝, en: Refused}, next: refused}
  agreed:
    title: {zh: 同意, en: Agreed}
    say: {zh: 好的，再见。, en: Very well. Goodbye.}
    end: {disposition: agreed}
  refused:
    title: {zh: 拒绝, en: Refused}
    say: {zh: 方便告诉我原因吗？, en: May I ask for the reason?}
    end: {disposition: refused, reason: ask}
  wrong_person:
    title: {zh: 不是本人, en: Somebody else}
    say: {zh: 打扰了，再见。, en: I am sorry. Goodbye.}
    end: {disposition: wrong_person}
`

/** The name that a script gives itself. */
export function nameIn(text: string): string | undefined {
  return /^script: *["']?([a-z0-9][a-z0-9_-]{0,39})["']? *(#.*)?$/m.exec(text)?.[1]
}

/** Attributes of a customer, one a line, as in persona=warm. */
export function triedOn(lines: string): Record<string, string> {
  const found: Record<string, string> = {}
  for (const line of lines.split('\n').slice(0, 50)) {
    const [name, ...rest] = line.split('=')
    if (name?.trim() && rest.length > 0) found[name.trim().slice(0, 200)] = rest.join('=').trim().slice(0, 500)
  }
  return found
}
