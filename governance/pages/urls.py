from django.urls import path

import rfcs.converters  # noqa: F401 - registers the <rfc:number> converter
from governance.pages import editing, exports, help, importing, inbox, lists, queue, rfc, saved_views

urlpatterns = [
    path("", queue.queue, name="queue"),
    path("help/", help.help_page, name="help"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/read/", inbox.read_all, name="inbox-read-all"),
    path("inbox/<int:pk>/", inbox.open_message, name="inbox-message"),
    path("rfcs/", lists.rfc_list, name="rfc-list"),
    path("rfcs/list.csv", lists.spreadsheet, name="rfc-list-csv"),
    path("rfcs/views/", saved_views.save, name="view-save"),
    path("rfcs/views/<int:pk>/remove/", saved_views.remove, name="view-remove"),
    path("rfcs/new/", editing.create, name="rfc-create"),
    path("rfcs/<rfc:number>/", rfc.document, name="rfc-page"),
    path("rfcs/<rfc:number>/impact/", rfc.impact, name="rfc-impact"),
    path("rfcs/<rfc:number>/checklist/", rfc.checklist, name="rfc-checklist"),
    path("rfcs/<rfc:number>/checklist/<slug:slug>/", rfc.checklist_item, name="rfc-checklist-item"),
    path("rfcs/<rfc:number>/sign-offs/", rfc.sign_offs, name="rfc-sign-offs"),
    path("rfcs/<rfc:number>/history/", rfc.history, name="rfc-history"),
    path("rfcs/<rfc:number>/revisions/<int:revision_number>/", rfc.revision, name="rfc-revision"),
    path("rfcs/<rfc:number>/moves/", rfc.move, name="rfc-move"),
    path("rfcs/<rfc:number>/edit/", editing.edit, name="rfc-edit"),
    path("rfcs/<rfc:number>/autosave/", editing.autosave, name="rfc-autosave"),
    path("rfcs/<rfc:number>/preview/", editing.preview, name="rfc-preview"),
    path("rfcs/<rfc:number>/readiness/", editing.readiness, name="rfc-readiness"),
    path("rfcs/<rfc:number>/discard/", editing.discard, name="rfc-discard"),
    path("rfcs/<rfc:number>/import/", importing.import_document, name="rfc-import"),
    path("rfcs/<rfc:number>/people/", editing.invite, name="rfc-people"),
    path("rfcs/<rfc:number>/justification.md", exports.markdown, name="rfc-markdown"),
    path("rfcs/<rfc:number>/justification.html", exports.html, name="rfc-html"),
    path("rfcs/<rfc:number>/commit-message", exports.commit_message, name="rfc-commit-message"),
]
