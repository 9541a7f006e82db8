// One address of each kind of page.

import { PROFILE_KEY } from "./hostile.mjs";

const hostile = `/${PROFILE_KEY}/zz.hostile`;

// By name: the path and, where it is not 200, the status.
export const PAGES = {
  start: { path: "/" },
  list: { path: "/plone" },
  "list with words and filters": { path: "/plone?q=plone&framework=Plone+6.0&framework=Plone+6.1&python=3.12&sort=updated" },
  "second page": { path: `/${PROFILE_KEY}?page=2` },
  "list with notices": { path: "/plone?q=restapy+foo%3Abar+-zzzz&license=gpl&compare=plone.api" },
  "list of earlier releases": { path: "/plone?framework=Plone+5.2&earlier=1" },
  "list without hits": { path: "/plone?q=zzzzqqqq&framework=Plone+6.1" },
  package: { path: "/plone/plone.restapi" },
  "package with a table": { path: "/plone/eea.facetednavigation" },
  releases: { path: "/plone/plone.restapi/-/releases" },
  changelog: { path: "/plone/plone.api/-/changelog" },
  health: { path: "/plone/plone.api/-/health" },
  dependents: { path: "/plone/plone.api/-/dependents" },
  repository: { path: "/plone/-/repositories/plone/plone.restapi" },
  organization: { path: "/plone/-/people/plone" },
  "nobody of this name": { path: "/plone/-/people/nobody-of-this-name", status: 404 },
  matrix: { path: "/plone/-/matrix" },
  comparison: { path: "/plone/-/compare?p=plone.api&p=plone.restapi&p=collective.exportimport" },
  "empty comparison": { path: "/plone/-/compare" },
  help: { path: "/-/help" },
  "no page": { path: "/there/is/nothing/here", status: 404 },
  "no package": { path: "/plone/plone.apo", status: 404 },
  "no release": { path: "/plone/plone.api/0.0.1", status: 404 },
  "hostile list": { path: `/${PROFILE_KEY}` },
  "hostile package": { path: hostile },
  "hostile release": { path: `${hostile}/1.0` },
  "hostile releases": { path: `${hostile}/-/releases` },
  "hostile changelog": { path: `${hostile}/-/changelog` },
  "hostile health": { path: `${hostile}/-/health` },
  "hostile dependents": { path: `${hostile}/-/dependents` },
  "hostile matrix": { path: `/${PROFILE_KEY}/-/matrix` },
  "hostile comparison": { path: `/${PROFILE_KEY}/-/compare?p=zz.hostile&p=${encodeURIComponent("\"><script>window.broken=1</script>")}` },
  "hostile words": { path: `/plone?${new URLSearchParams({ q: "\"><script>window.broken=1</script>" })}` },
  "hostile address": { path: `/plone/${encodeURIComponent("\"><script>window.broken=1</script>")}`, status: 404 },
};
