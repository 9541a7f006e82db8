//! The HTTP API: requests in, JSON out.
//!
//! [`server`] takes a request through its steps: [`route_table`] is the table of what there is;
//! [`authorize`] asks the keys; [`api_call`] is a request that was let in, [`reply`] what is answered, and
//! the one place that knows HTTP statuses. [`connections`] keeps clients from holding what they do not
//! use, and [`connection_table`] strangers from keeping others out; [`worker_pool`] keeps blocking work off the threads that listen; [`capacity`] bounds work and
//! memory. The files named `*_routes` hold the functions that the table names, by topic. Nothing here
//! interprets a document, a filter or a schema. Called by the program through [`serve`].

mod alias_routes;
mod api_call;
mod app;
mod authorize;
mod capacity;
mod collection_routes;
mod connection_table;
mod connections;
mod cors;
mod document_routes;
mod import_export;
mod import_lines;
mod key_routes;
mod line_spool;
mod malformed_requests;
mod multi_search_route;
mod object_routes;
mod operation_routes;
mod query_string;
mod reply;
mod request_body;
mod route_table;
mod search_route;
mod server;
mod worker_pool;

pub use app::AdminKey;
pub use capacity::VISITORS_HEADER;
pub use connection_table::Connection;
pub use connections::listen;
pub use import_lines::write_import_line;
pub use reply::http_status;
pub use route_table::{is_api_path, is_api_segment, needs_key};
pub use server::{routes, serve};
