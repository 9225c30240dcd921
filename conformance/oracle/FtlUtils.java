package com.amplitude.integrations.connector.utils;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;

/**
 * Stands in for the class that Amplitude's templates reach through
 * {@code statics["com.amplitude.integrations.connector.utils.FtlUtils"]}.
 * Amplitude does not publish its source: this is what its documented examples and delivered bodies imply.
 */
public final class FtlUtils {
    private static final ObjectMapper JSON = new ObjectMapper();

    private FtlUtils() {
    }

    /** Any value as compact JSON; a missing one as {@code null}. */
    public static String toJson(Object value) throws JsonProcessingException {
        return JSON.writeValueAsString(value);
    }

    /** Arrays and objects as JSON, {@code null} for a missing value, all else as a quoted JSON string. */
    public static String toJsonString(Object value) throws JsonProcessingException {
        if (value == null || value instanceof Map || value instanceof List) {
            return JSON.writeValueAsString(value);
        }
        return JSON.writeValueAsString(String.valueOf(value));
    }
}
