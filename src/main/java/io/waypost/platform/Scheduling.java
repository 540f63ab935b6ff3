package io.waypost.platform;

import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.EnableScheduling;

/** Small jobs that come round again and again; each names its own pace. */
@Configuration(proxyBeanMethods = false)
@EnableScheduling
class Scheduling {}
