//! The profiles of the folder `profiles/`, compiled into the program.

/// Key and text of every built-in profile, sorted by key.
pub const BUILTIN_PROFILES: &[(&str, &str)] = &[
    ("airflow", include_str!("../../profiles/airflow.toml")),
    ("ansible", include_str!("../../profiles/ansible.toml")),
    ("buildout", include_str!("../../profiles/buildout.toml")),
    ("celery", include_str!("../../profiles/celery.toml")),
    ("dash", include_str!("../../profiles/dash.toml")),
    ("django", include_str!("../../profiles/django.toml")),
    ("django-cms", include_str!("../../profiles/django-cms.toml")),
    ("fastapi", include_str!("../../profiles/fastapi.toml")),
    ("flask", include_str!("../../profiles/flask.toml")),
    ("jupyter", include_str!("../../profiles/jupyter.toml")),
    ("mkdocs", include_str!("../../profiles/mkdocs.toml")),
    ("napari", include_str!("../../profiles/napari.toml")),
    ("odoo", include_str!("../../profiles/odoo.toml")),
    (
        "opentelemetry",
        include_str!("../../profiles/opentelemetry.toml"),
    ),
    ("pelican", include_str!("../../profiles/pelican.toml")),
    ("plone", include_str!("../../profiles/plone.toml")),
    ("pyramid", include_str!("../../profiles/pyramid.toml")),
    ("pytest", include_str!("../../profiles/pytest.toml")),
    (
        "robot-framework",
        include_str!("../../profiles/robot-framework.toml"),
    ),
    ("scrapy", include_str!("../../profiles/scrapy.toml")),
    ("sphinx", include_str!("../../profiles/sphinx.toml")),
    ("tryton", include_str!("../../profiles/tryton.toml")),
    ("wagtail", include_str!("../../profiles/wagtail.toml")),
    ("zope", include_str!("../../profiles/zope.toml")),
];
