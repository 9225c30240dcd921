//! Special variables: `.now` and its kin.

use crate::output::OutputFormat;

/// A special variable.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Special {
    Args,
    AutoEsc(bool),
    CallerTemplateName,
    CurrentTemplateName,
    DataModel,
    Error,
    GetOptionalTemplate,
    Globals,
    IncompatibleImprovements,
    Lang,
    Locale,
    LocaleObject,
    Locals,
    Main,
    MainTemplateName,
    Namespace,
    Node,
    Now,
    OutputEncoding,
    OutputFormat(OutputFormat),
    Pass,
    TemplateName,
    TimeZone,
    UrlEscapingCharset,
    Vars,
    Version,
}

impl Special {
    /// The variable of that name, in either spelling. What is lexical comes from where it stands.
    pub(crate) fn by_name(name: &str, format: &OutputFormat, auto_esc: bool) -> Option<Special> {
        Some(match name {
            "args" => Special::Args,
            "auto_esc" | "autoEsc" => Special::AutoEsc(auto_esc),
            "caller_template_name" | "callerTemplateName" => Special::CallerTemplateName,
            "current_template_name" | "currentTemplateName" => Special::CurrentTemplateName,
            "data_model" | "dataModel" => Special::DataModel,
            "error" => Special::Error,
            "get_optional_template" | "getOptionalTemplate" => Special::GetOptionalTemplate,
            "globals" => Special::Globals,
            "incompatible_improvements" | "incompatibleImprovements" => {
                Special::IncompatibleImprovements
            }
            "lang" => Special::Lang,
            "locale" => Special::Locale,
            "locale_object" | "localeObject" => Special::LocaleObject,
            "locals" => Special::Locals,
            "main" => Special::Main,
            "main_template_name" | "mainTemplateName" => Special::MainTemplateName,
            "namespace" => Special::Namespace,
            "node" | "current_node" | "currentNode" => Special::Node,
            "now" => Special::Now,
            "output_encoding" | "outputEncoding" => Special::OutputEncoding,
            "output_format" | "outputFormat" => Special::OutputFormat(format.clone()),
            "pass" => Special::Pass,
            "template_name" | "templateName" => Special::TemplateName,
            "time_zone" | "timeZone" => Special::TimeZone,
            "url_escaping_charset" | "urlEscapingCharset" => Special::UrlEscapingCharset,
            "vars" => Special::Vars,
            "version" => Special::Version,
            _ => return None,
        })
    }
}
