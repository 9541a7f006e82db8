//! Values in the server's types, both ways. No I/O.

use std::sync::Arc;

use bytes::BytesMut;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value as Json;
use tokio_postgres::Error;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::database::row::Row;
use crate::database::value::Value;

pub(super) fn parameters(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    values
        .iter()
        .map(|value| value as &(dyn ToSql + Sync))
        .collect()
}

pub(super) fn read_row(row: &tokio_postgres::Row, columns: &Arc<[String]>) -> Result<Row, Error> {
    let values = (0..row.len()).map(|place| read(row, place));
    Ok(Row {
        columns: Arc::clone(columns),
        values: values.collect::<Result<_, _>>()?,
    })
}

fn read(row: &tokio_postgres::Row, place: usize) -> Result<Value, Error> {
    let Some(column) = row.columns().get(place) else {
        return Ok(Value::Null);
    };
    let value = match *column.type_() {
        Type::BOOL => row.try_get::<_, Option<bool>>(place)?.into(),
        Type::INT2 => row.try_get::<_, Option<i16>>(place)?.map(i64::from).into(),
        Type::INT4 => row.try_get::<_, Option<i32>>(place)?.map(i64::from).into(),
        Type::INT8 => row.try_get::<_, Option<i64>>(place)?.into(),
        Type::FLOAT4 => row.try_get::<_, Option<f32>>(place)?.map(f64::from).into(),
        Type::FLOAT8 => row.try_get::<_, Option<f64>>(place)?.into(),
        Type::JSON | Type::JSONB => row.try_get::<_, Option<Json>>(place)?.into(),
        Type::JSON_ARRAY | Type::JSONB_ARRAY => row
            .try_get::<_, Option<Vec<Json>>>(place)?
            .map(Json::from)
            .into(),
        Type::TIMESTAMP => row
            .try_get::<_, Option<DateTime>>(place)?
            .and_then(|civil| civil.to_zoned(TimeZone::UTC).ok())
            .map(|zoned| zoned.timestamp())
            .into(),
        Type::TIMESTAMPTZ => row.try_get::<_, Option<Timestamp>>(place)?.into(),
        _ => row.try_get::<_, Option<String>>(place)?.into(),
    };
    Ok(value)
}

impl ToSql for Value {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Boolean(value) => match *kind {
                Type::BOOL => value.to_sql(kind, out),
                _ => Self::Integer(i64::from(*value)).to_sql(kind, out),
            },
            Self::Integer(value) => match *kind {
                Type::INT2 => i16::try_from(*value)?.to_sql(kind, out),
                Type::INT4 => i32::try_from(*value)?.to_sql(kind, out),
                Type::FLOAT8 => (*value as f64).to_sql(kind, out),
                Type::BOOL => (*value != 0).to_sql(kind, out),
                Type::INT8 => value.to_sql(kind, out),
                _ => Err(format!("an integer cannot be stored as {kind}").into()),
            },
            Self::Real(value) => match *kind {
                Type::FLOAT8 => value.to_sql(kind, out),
                _ => Err(format!("a number cannot be stored as {kind}").into()),
            },
            Self::Text(value) => match *kind {
                Type::TEXT | Type::VARCHAR | Type::NAME | Type::BPCHAR => {
                    value.as_str().to_sql(kind, out)
                }
                _ => Err(format!("text cannot be stored as {kind}").into()),
            },
            Self::Json(value) => match *kind {
                Type::JSON | Type::JSONB => value.to_sql(kind, out),
                Type::JSON_ARRAY | Type::JSONB_ARRAY => match value {
                    Json::Array(values) => values.to_sql(kind, out),
                    _ => Err(format!("JSON other than a list cannot be stored as {kind}").into()),
                },
                _ => Err(format!("JSON cannot be stored as {kind}").into()),
            },
            Self::Time(value) => match *kind {
                Type::TIMESTAMP => TimeZone::UTC.to_datetime(*value).to_sql(kind, out),
                Type::TIMESTAMPTZ => value.to_sql(kind, out),
                _ => Err(format!("a time cannot be stored as {kind}").into()),
            },
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
