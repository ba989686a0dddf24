use std::fmt;

use wasmtime::component::types;

use crate::model::Type;

use super::function::snake_case;

/// A type of a plugin's function, in the words of the flow language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PluginType {
    /// `bool`.
    Boolean,
    /// `s8` to `u64`.
    Integer(IntegerKind),
    /// `f32`: a binary float, which is not exact.
    Float32,
    /// `f64`: a binary float, which is not exact.
    Float64,
    /// `char`: text of one character.
    Character,
    /// `string`.
    Text,
    /// `option<T>`: `null`, or the type.
    Optional(Box<PluginType>),
    /// `list<T>`.
    List(Box<PluginType>),
    /// `tuple<A, B>`: a list of a fixed length.
    Tuple(Vec<PluginType>),
    /// `record { amount: s64, currency: string }`: minor units and a currency code.
    Money,
    /// Any other record.
    Record(Vec<Field>),
    /// `enum`: one of these texts.
    Choice(Vec<String>),
    /// `result<T, E>`; `None` where WIT has `_`.
    Fallible(Option<Box<PluginType>>),
    /// No result at all.
    Nothing,
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name in flows, in snake case.
    pub name: String,
    /// Its type.
    pub field_type: PluginType,
    /// Its name in the component.
    pub(super) component_name: String,
}

/// The integers of WIT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are WIT's own")]
pub enum IntegerKind {
    S8,
    S16,
    S32,
    S64,
    U8,
    U16,
    U32,
    U64,
}

impl IntegerKind {
    /// Gives the smallest and the largest number.
    pub fn range(self) -> (i128, i128) {
        match self {
            IntegerKind::S8 => (i8::MIN.into(), i8::MAX.into()),
            IntegerKind::S16 => (i16::MIN.into(), i16::MAX.into()),
            IntegerKind::S32 => (i32::MIN.into(), i32::MAX.into()),
            IntegerKind::S64 => (i64::MIN.into(), i64::MAX.into()),
            IntegerKind::U8 => (0, u8::MAX.into()),
            IntegerKind::U16 => (0, u16::MAX.into()),
            IntegerKind::U32 => (0, u32::MAX.into()),
            IntegerKind::U64 => (0, u64::MAX.into()),
        }
    }
}

impl PluginType {
    /// Gives the type that the checker gives to a value of this type.
    pub fn value_type(&self) -> Type {
        match self {
            PluginType::Boolean => Type::Boolean,
            PluginType::Integer(_) => Type::Integer,
            PluginType::Float32 | PluginType::Float64 => Type::Decimal,
            PluginType::Character | PluginType::Text | PluginType::Choice(_) => Type::Text,
            PluginType::Optional(inner) => inner.value_type(),
            PluginType::List(item) => Type::List(Box::new(item.value_type())),
            PluginType::Tuple(_) => Type::List(Box::new(Type::Any)),
            PluginType::Money | PluginType::Record(_) => Type::Record,
            PluginType::Fallible(Some(inner)) => inner.value_type(),
            PluginType::Fallible(None) | PluginType::Nothing => Type::Null,
        }
    }

    /// Tells whether an argument of this type can become this parameter. What only the row shows, such
    /// as text that may be a number, is allowed here and looked at before the call.
    pub fn accepts(&self, argument: &Type) -> bool {
        if matches!(argument, Type::Any | Type::Null) {
            return true;
        }
        match self {
            PluginType::Boolean => matches!(argument, Type::Boolean),
            PluginType::Integer(_) | PluginType::Float32 | PluginType::Float64 => {
                argument.is_number() || matches!(argument, Type::Text)
            }
            PluginType::Character | PluginType::Choice(_) => matches!(argument, Type::Text),
            PluginType::Text => {
                argument.is_number() || matches!(argument, Type::Text | Type::Date | Type::Time)
            }
            PluginType::Optional(inner) => inner.accepts(argument),
            PluginType::List(item) => matches!(argument, Type::List(found) if item.accepts(found)),
            PluginType::Tuple(_) => matches!(argument, Type::List(_)),
            PluginType::Money | PluginType::Record(_) => matches!(argument, Type::Record | Type::Object(_)),
            PluginType::Fallible(_) | PluginType::Nothing => false,
        }
    }

    /// Tells whether `null` is a value of this type.
    pub fn is_optional(&self) -> bool {
        matches!(self, PluginType::Optional(_))
    }

    /// Tells whether a binary float is anywhere in it.
    pub(super) fn has_float(&self) -> bool {
        match self {
            PluginType::Float32 | PluginType::Float64 => true,
            PluginType::Optional(inner) | PluginType::List(inner) | PluginType::Fallible(Some(inner)) => {
                inner.has_float()
            }
            PluginType::Tuple(parts) => parts.iter().any(PluginType::has_float),
            PluginType::Record(fields) => fields.iter().any(|field| field.field_type.has_float()),
            PluginType::Boolean
            | PluginType::Integer(_)
            | PluginType::Character
            | PluginType::Text
            | PluginType::Money
            | PluginType::Choice(_)
            | PluginType::Fallible(None)
            | PluginType::Nothing => false,
        }
    }
}

impl fmt::Display for PluginType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PluginType::Boolean => f.write_str("boolean"),
            PluginType::Integer(IntegerKind::S64) => f.write_str("integer"),
            PluginType::Integer(kind) => {
                let (least, most) = kind.range();
                write!(f, "integer {least} to {most}")
            }
            PluginType::Float32 | PluginType::Float64 => f.write_str("inexact number"),
            PluginType::Character => f.write_str("one character"),
            PluginType::Text => f.write_str("text"),
            PluginType::Optional(inner) => write!(f, "{inner} or null"),
            PluginType::List(item) => write!(f, "list of {item}"),
            PluginType::Tuple(parts) => {
                f.write_str("[")?;
                separated(f, parts.iter().map(PluginType::to_string))?;
                f.write_str("]")
            }
            PluginType::Money => f.write_str("money { amount: integer, currency: text }"),
            PluginType::Record(fields) => {
                f.write_str("{ ")?;
                separated(
                    f,
                    fields
                        .iter()
                        .map(|field| format!("{}: {}", field.name, field.field_type)),
                )?;
                f.write_str(" }")
            }
            PluginType::Choice(names) => {
                f.write_str("one of ")?;
                separated(f, names.iter().map(|name| format!("\"{name}\"")))
            }
            PluginType::Fallible(Some(inner)) => write!(f, "{inner}"),
            PluginType::Fallible(None) | PluginType::Nothing => f.write_str("null"),
        }
    }
}

fn separated(f: &mut fmt::Formatter<'_>, parts: impl Iterator<Item = String>) -> fmt::Result {
    for (index, part) in parts.enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        f.write_str(&part)?;
    }
    Ok(())
}

/// Reads the types of one function, and stops at types that unfold into too many parts.
pub(super) struct TypeReader {
    parts_left: usize,
}

impl TypeReader {
    pub(super) fn new(parts: usize) -> Self {
        TypeReader { parts_left: parts }
    }

    /// Reads one type. Errors with the reason why a function with it can't be called.
    pub(super) fn read(&mut self, component_type: &types::Type) -> Result<PluginType, String> {
        self.parts_left = self
            .parts_left
            .checked_sub(1)
            .ok_or_else(|| "has types of too many parts".to_owned())?;
        Ok(match component_type {
            types::Type::Bool => PluginType::Boolean,
            types::Type::S8 => PluginType::Integer(IntegerKind::S8),
            types::Type::S16 => PluginType::Integer(IntegerKind::S16),
            types::Type::S32 => PluginType::Integer(IntegerKind::S32),
            types::Type::S64 => PluginType::Integer(IntegerKind::S64),
            types::Type::U8 => PluginType::Integer(IntegerKind::U8),
            types::Type::U16 => PluginType::Integer(IntegerKind::U16),
            types::Type::U32 => PluginType::Integer(IntegerKind::U32),
            types::Type::U64 => PluginType::Integer(IntegerKind::U64),
            types::Type::Float32 => PluginType::Float32,
            types::Type::Float64 => PluginType::Float64,
            types::Type::Char => PluginType::Character,
            types::Type::String => PluginType::Text,
            // A list of results is what a batch twin gives.
            types::Type::List(list) => PluginType::List(Box::new(self.read(&list.ty())?)),
            types::Type::Option(option) => PluginType::Optional(Box::new(self.read_value(&option.ty())?)),
            types::Type::Tuple(tuple) => PluginType::Tuple(self.read_all(tuple.types())?),
            types::Type::Record(record) => self.read_record(record)?,
            types::Type::Enum(choice) => self.read_choice(choice)?,
            types::Type::Result(result) => self.read_fallible(result)?,
            types::Type::Variant(_) => return Err("uses a variant, which flows have no value for".to_owned()),
            types::Type::Flags(_) => return Err("uses flags, which flows have no value for".to_owned()),
            types::Type::Map(_) => return Err("uses a map, which flows have no value for".to_owned()),
            types::Type::FixedLengthList(_) => {
                return Err("uses a list of a fixed length, which is not supported".to_owned());
            }
            types::Type::Own(_) | types::Type::Borrow(_) => {
                return Err("uses a resource, which can't leave the plugin".to_owned());
            }
            types::Type::Future(_) | types::Type::Stream(_) | types::Type::ErrorContext => {
                return Err("uses a future or a stream, and flows call nothing that waits".to_owned());
            }
        })
    }

    /// Reads the type of a parameter or of a part, where a result has no meaning.
    pub(super) fn read_value(&mut self, component_type: &types::Type) -> Result<PluginType, String> {
        let read = self.read(component_type)?;
        let mut innermost = &read;
        while let PluginType::List(item) = innermost {
            innermost = item;
        }
        match innermost {
            PluginType::Fallible(_) => Err("has a result inside another type".to_owned()),
            _ => Ok(read),
        }
    }

    fn read_all(&mut self, parts: impl Iterator<Item = types::Type>) -> Result<Vec<PluginType>, String> {
        parts.map(|part| self.read_value(&part)).collect()
    }

    fn read_record(&mut self, record: &types::Record) -> Result<PluginType, String> {
        let mut fields = Vec::new();
        for field in record.fields() {
            fields.push(Field {
                name: snake_case(field.name),
                field_type: self.read_value(&field.ty)?,
                component_name: field.name.to_owned(),
            });
        }
        let is_money = matches!(
            fields.as_slice(),
            [
                Field { name: amount, field_type: PluginType::Integer(IntegerKind::S64), .. },
                Field { name: currency, field_type: PluginType::Text, .. },
            ] if amount == "amount" && currency == "currency"
        );
        Ok(if is_money {
            PluginType::Money
        } else {
            PluginType::Record(fields)
        })
    }

    fn read_choice(&mut self, choice: &types::Enum) -> Result<PluginType, String> {
        let names: Vec<String> = choice.names().map(str::to_owned).collect();
        self.parts_left = self
            .parts_left
            .checked_sub(names.len())
            .ok_or_else(|| "has an enum of too many names".to_owned())?;
        Ok(PluginType::Choice(names))
    }

    /// Reads a result. Its error may have any type that can be written as text.
    fn read_fallible(&mut self, result: &types::ResultType) -> Result<PluginType, String> {
        let value = match result.ok() {
            Some(value) => Some(Box::new(self.read_value(&value)?)),
            None => None,
        };
        match result.err() {
            None
            | Some(
                types::Type::String | types::Type::Char | types::Type::Enum(_) | types::Type::Variant(_),
            ) => {}
            Some(_) => return Err("fails with something other than text, an enum or a variant".to_owned()),
        }
        Ok(PluginType::Fallible(value))
    }
}
