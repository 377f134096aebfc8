//! What poem-openapi leaves out of a document, so that generated clients know all of it.

use std::collections::HashMap;

use poem::{endpoint::BoxEndpoint, http::Method};
use poem_openapi::{
    ExtraHeader, LicenseObject, OpenApi, OpenApiService,
    registry::{MetaApi, MetaResponse, MetaSchema, MetaSchemaRef, Registry},
};

/// A service of operations with what is the same in the documents of all programs.
pub fn service<A: OpenApi>(api: A, title: &str, version: &str) -> OpenApiService<A, ()> {
    let id = ExtraHeader::new("X-Request-Id");
    OpenApiService::new(api, title, version)
        .license(LicenseObject::new("MIT"))
        .extra_response_header::<String, _>(
            id.description("The id under which the log knows the request."),
        )
}

/// Operations, described in full.
///
/// A plain JSON answer has no words of its own, and the document must have some: its operation's
/// summary. A field that is an `Option` is always there, and null where its value is not known.
#[derive(Debug)]
pub struct Described<A>(pub A);

impl<A: OpenApi> OpenApi for Described<A> {
    fn meta() -> Vec<MetaApi> {
        let mut apis = A::meta();
        let paths = apis.iter_mut().flat_map(|api| &mut api.paths);
        for operation in paths.flat_map(|path| &mut path.operations) {
            let wordless = |response: &&mut MetaResponse| response.description.is_empty();
            for response in operation.responses.responses.iter_mut().filter(wordless) {
                response.description = operation.summary.unwrap_or("The answer");
            }
            operation.params.iter_mut().for_each(|parameter| say_once(&mut parameter.schema));
        }
        apis
    }

    fn register(registry: &mut Registry) {
        A::register(registry);
        for schema in registry.schemas.values_mut() {
            schema.properties.iter_mut().for_each(|(_, property)| say_once(property));
            say_what_is_null(schema);
        }
    }

    fn add_routes(self, table: &mut HashMap<String, HashMap<Method, BoxEndpoint<'static>>>) {
        self.0.add_routes(table);
    }
}

/// What stands beside a reference, a default or a description, is there twice: in a part of its own
/// as well, and of parts that are no object generators make no type.
fn say_once(schema: &mut MetaSchemaRef) {
    if let MetaSchemaRef::Inline(schema) = schema {
        schema.all_of.retain(|part| matches!(part, MetaSchemaRef::Reference(_)));
    }
}

/// Fields that are not required are those that may be null: nothing of ours leaves a field out.
fn say_what_is_null(schema: &mut MetaSchema) {
    for (name, property) in &mut schema.properties {
        if schema.required.contains(name) {
            continue;
        }
        schema.required.push(name);
        match property {
            MetaSchemaRef::Inline(inline) => inline.nullable = true,
            // OpenAPI 3.0 ignores what stands beside a reference.
            MetaSchemaRef::Reference(_) => {
                let nullable = MetaSchema {
                    all_of: vec![property.clone()],
                    nullable: true,
                    ..MetaSchema::ANY
                };
                *property = MetaSchemaRef::Inline(Box::new(nullable));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use poem_openapi::{ApiResponse, Enum, Object, OpenApiService, payload::Json};
    use serde_json::json;

    use super::*;

    #[derive(Enum)]
    #[oai(rename_all = "snake_case")]
    enum Colour {
        Red,
    }

    #[derive(Object)]
    struct Paint {
        name: String,
        /// Once it is dry.
        colour: Option<Colour>,
        litres: Option<i32>,
    }

    struct Paints;

    #[derive(ApiResponse)]
    enum Answer {
        #[oai(status = 200)]
        Ok(Json<Paint>),
    }

    #[OpenApi]
    impl Paints {
        /// Read a paint
        #[oai(path = "/paint", method = "get")]
        async fn read(&self) -> Answer {
            Answer::Ok(Json(Paint { name: "1".into(), colour: Some(Colour::Red), litres: None }))
        }
    }

    #[test]
    fn a_document_says_which_fields_may_be_null_and_has_words_for_every_answer() {
        let text = OpenApiService::new(Described(Paints), "Paints", "1").spec();
        let document: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let paint = &document["components"]["schemas"]["Paint"];
        assert_eq!(paint["required"], json!(["name", "colour", "litres"]));
        let colour = json!({
            "allOf": [{"$ref": "#/components/schemas/Colour"}],
            "description": "Once it is dry.",
            "nullable": true,
        });
        assert_eq!(paint["properties"]["colour"], colour);
        assert_eq!(paint["properties"]["litres"]["nullable"], true);
        assert_eq!(paint["properties"]["name"].get("nullable"), None);
        let answer = &document["paths"]["/paint"]["get"]["responses"]["200"];
        assert_eq!(answer["description"], "Read a paint");
    }
}
